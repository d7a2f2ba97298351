//! `cargo xtask docs`: the parts of the pages that come from the program, and whether what pages say is there.
//!
//! Between `<!-- generated: NAME -->` and `<!-- end -->` stands what NAME gives: the output of a `vod` command, or a table
//! of [`generated`]. Links must lead somewhere, and commands must exist.

mod commands;
mod generated;
mod links;
mod vod;

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic as _, miette};
use vod::Vod;
use walkdir::WalkDir;

use crate::codegen::Mode;
use crate::workspace::Workspace;

/// The folders that hold pages; only their own files, and all below `docs`.
const PLACES: [&str; 3] = ["", "docs", "synth"];

/// A Markdown page.
struct Page {
    /// Its path below the work tree.
    name: PathBuf,
    text: String,
}

/// Writes the generated parts, or checks that they are what would be written; then checks links and commands.
///
/// # Errors
/// When a part cannot be made, or in [`Mode::Check`] differs; when a link or a command leads nowhere.
pub(crate) fn run(workspace: &Workspace, mode: Mode) -> miette::Result<()> {
    let vod = Vod::build(workspace)?;
    let mut problems = Vec::new();
    let mut pages = pages(workspace)?;
    for page in &mut pages {
        let text = generated::fill(&page.text, &vod).map_err(|error| error.wrap_err(page.shown()))?;
        if text == page.text {
            continue;
        }
        match mode {
            Mode::Write => fs_err::write(workspace.path(&page.name), &text).into_diagnostic()?,
            Mode::Check => problems.push(format!("{}: a generated part is not what it would be", page.shown())),
        }
        page.text = text;
    }
    for page in &pages {
        problems.extend(links::problems(workspace, page, &pages));
        problems.extend(commands::problems(page, &vod)?);
    }
    if problems.is_empty() {
        return Ok(());
    }
    let list = problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n");
    Err(miette!(
        help = "run `cargo xtask docs` for generated parts; fix the others by hand",
        "the pages are not true:\n{list}"
    ))
}

impl Page {
    fn shown(&self) -> String {
        self.name.display().to_string()
    }
}

fn pages(workspace: &Workspace) -> miette::Result<Vec<Page>> {
    let mut pages = Vec::new();
    for place in PLACES {
        for entry in WalkDir::new(workspace.path(place)).max_depth(1).sort_by_file_name() {
            let path = entry.into_diagnostic()?.into_path();
            if path.is_file() && path.extension().is_some_and(|extension| extension == "md") {
                let name = path.strip_prefix(workspace.path("")).unwrap_or(&path).to_owned();
                pages.push(Page { text: fs_err::read_to_string(&path).into_diagnostic()?, name });
            }
        }
    }
    Ok(pages)
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
