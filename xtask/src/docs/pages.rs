//! The pages, and the links between them: the file is there, and so is the heading.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use miette::IntoDiagnostic as _;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// The folders that hold pages; only their own files, and all below `docs`.
const PLACES: [&str; 3] = ["", "docs", "synth"];

pub(super) struct Page {
    /// Its path below the work tree.
    pub(super) name: PathBuf,
    pub(super) text: String,
}

impl Page {
    pub(super) fn shown(&self) -> String {
        self.name.display().to_string()
    }
}

pub(super) fn read(workspace: &Workspace) -> miette::Result<Vec<Page>> {
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

/// Every link of a page that leads nowhere; links to other sites are not followed.
pub(super) fn dead_links(workspace: &Workspace, page: &Page, pages: &[Page]) -> Vec<String> {
    let mut problems = Vec::new();
    for target in targets(&page.text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (path, anchor) =
            target.split_once('#').map_or((target.as_str(), None), |(path, anchor)| (path, Some(anchor)));
        let folder = page.name.parent().unwrap_or(&page.name);
        let name = if path.is_empty() { page.name.clone() } else { normal(&folder.join(path)) };
        if !workspace.path(&name).exists() {
            problems.push(format!("{}: `{target}` leads to no file", page.shown()));
            continue;
        }
        let Some(anchor) = anchor else { continue };
        let found = pages.iter().find(|other| other.name == name);
        if !found.is_some_and(|other| anchors(&other.text).iter().any(|known| known == anchor)) {
            problems.push(format!("{}: `{target}` leads to no heading", page.shown()));
        }
    }
    problems
}

fn parse(text: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

fn targets(text: &str) -> Vec<String> {
    parse(text)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
            _ => None,
        })
        .collect()
}

/// The anchors that GitHub gives to a page's headings.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut heading: Option<String> = None;
    for event in parse(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let slug = slug(&heading.take().unwrap_or_default());
                let times = taken.entry(slug.clone()).or_default();
                anchors.push(if *times == 0 { slug } else { format!("{slug}-{times}") });
                *times += 1;
            }
            _ => {}
        }
    }
    anchors
}

/// Lower case; spaces become hyphens; what is neither letter, digit, hyphen nor underscore goes.
fn slug(heading: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    };
    heading.to_lowercase().chars().filter_map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_the_anchors_of_github() {
        let text = "# One `two`\n\n## `[source]`\n\n## What's here?\n\n## One two\n\n## … add a need\n";
        assert_eq!(anchors(text), ["one-two", "source", "whats-here", "one-two-1", "-add-a-need"]);
    }

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "[a](b.md) and `[c](d.md)`\n\n```sh\n[e](f.md)\n```\n\n| |\n| --- |\n| [g](h.md#i) |\n";
        assert_eq!(targets(text), ["b.md", "h.md#i"]);
    }
}
