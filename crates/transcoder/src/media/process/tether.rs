//! Programs that end with this one, even when this one is killed and can do nothing about it.

use std::{
    process::{Command as Blocking, Stdio},
    sync::OnceLock,
};

use tokio::process::Command;

/// Becomes the program in its arguments, which the kernel kills once whoever started it is gone, and which gains no
/// privileges by what it executes (util-linux, setpriv(1)).
const TETHER: (&str, [&str; 4]) = ("setpriv", ["--pdeathsig", "KILL", "--no-new-privs", "--"]);

/// A command for a program that ends with this process, where the system has `setpriv`.
///
/// To the kernel the thread that starts a program is its parent (prctl(2), `PR_SET_PDEATHSIG`), so the command must be
/// started by a thread that lasts, as those of a runtime do.
pub(super) fn command(program: &str) -> Command {
    let (setpriv, arguments) = TETHER;
    if !is_there() {
        return Command::new(program);
    }
    let mut command = Command::new(setpriv);
    command.args(arguments).arg(program);
    command
}

/// Whether `setpriv` is there and can do this, which others of that name cannot; asked once.
fn is_there() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| {
        let (setpriv, arguments) = TETHER;
        let mut trial = Blocking::new(setpriv);
        trial.args(arguments).arg("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        trial.status().is_ok_and(|status| status.success())
    })
}
