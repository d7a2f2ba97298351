//! Commands on the pages: `vod …`, `cargo run -- …` and `cargo xtask …` must be ones that there are, with their options.

use clap::CommandFactory as _;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::pages::Page;
use super::vod::Vod;
use crate::arguments::Arguments;

/// The programs whose commands are checked.
const PROGRAMS: [(&str, Program); 3] =
    [("vod ", Program::Vod), ("cargo run -- ", Program::Vod), ("cargo xtask ", Program::Xtask)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Vod,
    Xtask,
}

/// Every command of a page that there is not.
pub(super) fn problems(page: &Page, vod: &Vod) -> miette::Result<Vec<String>> {
    let mut problems = Vec::new();
    for line in lines(&page.text) {
        for (program, words) in commands(&line) {
            let known = match program {
                Program::Vod => of_vod(&words, vod)?,
                Program::Xtask => of_xtask(&words),
            };
            problems.extend(known.map(|what| format!("{}: `{line}`: there is no {what}", page.shown())));
        }
    }
    Ok(problems)
}

/// The lines of shell blocks, and inline code.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut in_shell = false;
    let mut in_block = false;
    for event in Parser::new_ext(text, pulldown_cmark::Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                in_block = true;
                in_shell = matches!(&kind, CodeBlockKind::Fenced(language) if language.as_ref() == "sh");
            }
            Event::End(TagEnd::CodeBlock) => (in_block, in_shell) = (false, false),
            Event::Text(block) if in_shell => lines.extend(block.replace("\\\n", " ").lines().map(str::to_owned)),
            Event::Code(code) if !in_block => lines.push(code.into_string()),
            _ => {}
        }
    }
    lines
}

/// The commands in a line, as words, without what a comment says.
fn commands(line: &str) -> Vec<(Program, Vec<String>)> {
    let line = line.split(" #").next().unwrap_or_default();
    let parts = line.split(['|', ';', '>']).map(str::trim);
    let found = parts.filter_map(|part| {
        let (words, program) =
            PROGRAMS.iter().find_map(|(begin, program)| Some((part.strip_prefix(begin)?, *program)))?;
        Some((program, words.split_whitespace().map(str::to_owned).collect()))
    });
    found.collect()
}

/// A word that may be the name of a command.
fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !word.starts_with('-')
}

fn options(words: &[String]) -> impl Iterator<Item = &str> {
    words.iter().filter(|word| word.starts_with("--") && word.len() > 2).filter_map(|word| {
        let name = word.split('=').next()?;
        Some(name.trim_end_matches([']', ',', '.', ')']))
    })
}

/// What is missing, if anything is.
fn of_vod(words: &[String], vod: &Vod) -> miette::Result<Option<String>> {
    let Some(first) = words.first().filter(|word| is_name(word)) else { return Ok(None) };
    let Some(mut help) = vod.help(&[first])? else { return Ok(Some(format!("command `{first}`"))) };
    // A second word names a command where there are some, else it is an argument.
    if has_commands(&help)
        && let Some(second) = words.get(1).filter(|word| is_name(word))
    {
        let Some(further) = vod.help(&[first, second])? else {
            return Ok(Some(format!("command `{first} {second}`")));
        };
        help = further;
    }
    let missing = options(words).find(|option| !has_option(&help, option));
    Ok(missing.map(|option| format!("option `{option}`")))
}

fn has_commands(help: &str) -> bool {
    help.lines().any(|line| line == "Commands:")
}

fn has_option(help: &str, option: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    help.match_indices(option).any(|(at, _)| !help[at + option.len()..].starts_with(is_part))
}

fn of_xtask(words: &[String]) -> Option<String> {
    let first = words.first().filter(|word| is_name(word))?;
    let command = Arguments::command();
    let Some(mut command) = command.find_subcommand(first) else { return Some(format!("chore `{first}`")) };
    if let Some(second) = words.get(1).filter(|word| is_name(word)) {
        let values = command.get_positionals().next().map(clap::Arg::get_possible_values);
        match (command.find_subcommand(second), values) {
            (Some(further), _) => command = further,
            (None, Some(values)) if values.is_empty() || values.iter().any(|value| value.matches(second, false)) => {}
            _ => return Some(format!("`{second}` of `{first}`")),
        }
    }
    let missing = options(words).find(|option| {
        let name = option.trim_start_matches('-');
        name != "help" && command.get_arguments().all(|argument| argument.get_long() != Some(name))
    });
    missing.map(|option| format!("option `{option}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_in_shell_blocks_and_inline() {
        let text = "Say `vod synth --json` or\n\n```sh\ncargo run -- schema > a.json  # vod no\ncargo xtask \\\n  test\n```\n\n```text\nvod never\n```\n";
        let found: Vec<_> = lines(text).iter().flat_map(|line| commands(line)).collect();
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            found,
            [
                (Program::Vod, words(&["synth", "--json"])),
                (Program::Vod, words(&["schema"])),
                (Program::Xtask, words(&["test"])),
            ]
        );
    }

    #[test]
    fn options_are_whole_words() {
        let help = "Usage: vod a [OPTIONS]\n\nCommands:\n  b  Does\n\nOptions:\n      --endpoint-url <URL>\n";
        assert!(has_commands(help) && !has_commands("Options:\n"));
        assert!(has_option(help, "--endpoint-url") && !has_option(help, "--endpoint"));
    }

    #[test]
    fn chores_are_known_with_their_parts_and_options() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for known in ["test", "test lint", "bench synth", "codegen --check", "import-schemas DIR", "docs --check"] {
            assert_eq!(of_xtask(&words(known)), None, "{known}");
        }
        for unknown in ["tset", "test lnit", "bench sinth", "codegen --chek"] {
            assert!(of_xtask(&words(unknown)).is_some(), "{unknown}");
        }
    }
}
