//! Many small videos at once, again and again: whether one is lost, and whether memory stays what it was.

use miette::{bail, miette};

use super::mebibytes;
use crate::local::Local;
use crate::workspace::Workspace;

/// How often the crowd comes after the first time, which brings memory to where it works.
const AGAIN: u64 = 2;
/// The processes that stay, and by how much each may grow with one more video, in KiB.
///
/// The emulator is a database in memory: it grows by what AWS would keep of a video on disk, its record, executions and logs.
const STAYING: [(&str, u64); 2] = [("vod", 50), ("python", 300)];

/// Sends the crowd through one platform again and again, with policies enforced, and fails when memory grows by more.
pub(crate) fn crowd(workspace: &Workspace, videos: u16) -> miette::Result<()> {
    let local = Local::build(workspace)?;
    local.run(&["up", "--detach"])?;
    // It fails when a video is not published.
    let send = || local.run(&["bench", &videos.to_string()]);
    send()?;
    let before = memory(&local)?;
    for _ in 0..AGAIN {
        send()?;
    }
    let after = memory(&local)?;
    local.run(&["down"])?;

    println!("Resident memory in MiB after {videos} videos, and after {AGAIN} times as many more");
    let mut over = false;
    for ((command, budget), (before, after)) in STAYING.into_iter().zip(before.into_iter().zip(after)) {
        let growth = after.saturating_sub(before) / (AGAIN * u64::from(videos));
        let [before, after] = [before, after].map(|kibibytes| mebibytes(kibibytes << 10));
        println!("  {command:<8} {before:7.1} {after:7.1}   {growth} KiB a video   (budget {budget} KiB)");
        over |= growth > budget;
    }
    if over {
        bail!("over the budget");
    }
    Ok(())
}

/// The memory of each process that stays, in KiB.
fn memory(local: &Local) -> miette::Result<Vec<u64>> {
    let processes = local.status()?.processes;
    let of = |name: &str| processes.iter().find(|process| process.command == name).map(|process| process.memory);
    STAYING.iter().map(|(command, _)| of(command).ok_or_else(|| miette!("no process `{command}` was found"))).collect()
}
