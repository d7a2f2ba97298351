//! `cargo xtask docs`: the parts of the pages that come from the program, and whether what pages say is there.
//!
//! Between `<!-- generated: NAME -->` and `<!-- end -->` stands what NAME gives: the output of a `vod` command, or a table
//! of [`generated`]. Links must lead somewhere, and commands must exist.

mod commands;
mod generated;
mod pages;
mod vod;

use miette::{IntoDiagnostic as _, miette};
use vod::Vod;

use crate::arguments::Mode;
use crate::workspace::Workspace;

/// Writes the generated parts, or checks that they are what would be written; then checks links and commands.
pub(crate) fn run(workspace: &Workspace, mode: Mode) -> miette::Result<()> {
    let vod = Vod::build(workspace)?;
    let mut problems = Vec::new();
    let mut pages = pages::read(workspace)?;
    for page in &mut pages {
        let text = generated::fill(&page.text, workspace, &vod).map_err(|error| error.wrap_err(page.shown()))?;
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
        problems.extend(pages::dead_links(workspace, page, &pages));
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
