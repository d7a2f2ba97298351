//! How the program was called: hints repeat the options that say which configuration and whose AWS is meant, because the same
//! command without them is about another deployment.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::OnceLock;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory as _};

use super::Cli;

/// The options that are repeated, by clap's ids.
const REPEATED: [&str; 8] = ["config", "sets", "app", "out", "local", "profile", "region", "endpoint_url"];

/// The options that were given: the id and the values of each.
static GIVEN: OnceLock<Vec<(&'static str, Vec<String>)>> = OnceLock::new();

/// Keeps the options of the command line for hints.
pub(super) fn remember(matches: &ArgMatches) {
    let mut deepest = matches;
    while let Some((_, below)) = deepest.subcommand() {
        deepest = below;
    }
    let given = REPEATED.into_iter().filter_map(|id| {
        let given = deepest.try_get_raw(id).ok().flatten()?;
        (deepest.value_source(id) == Some(ValueSource::CommandLine))
            .then(|| (id, given.map(|value| value.to_string_lossy().into_owned()).collect()))
    });
    // It is called once, at the start.
    let _ = GIVEN.set(given.collect());
}

/// `vod deploy` with those of the given options that it has.
pub(super) fn command(words: &str) -> String {
    with_options(words, GIVEN.get().map_or(&[][..], Vec::as_slice))
}

/// A text in which every command between backquotes has them, too.
pub(super) fn commands_in(text: &str) -> Cow<'_, str> {
    let parts: Vec<&str> = text.split('`').collect();
    if GIVEN.get().is_none_or(Vec::is_empty) || !parts.iter().any(|part| part.starts_with("vod ")) {
        return text.into();
    }
    let parts = parts.iter().enumerate().map(|(index, part)| {
        // Every other part stands between two of them.
        if index % 2 == 1 && part.starts_with("vod ") { command(part) } else { (*part).to_owned() }
    });
    parts.collect::<Vec<_>>().join("`").into()
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    // A NUL byte, which no argument can hold, is the only thing that cannot be quoted.
    shlex::try_quote(word).unwrap_or(word.into())
}

fn with_options(words: &str, given: &[(&'static str, Vec<String>)]) -> String {
    let mut text = words.to_owned();
    if given.is_empty() {
        return text;
    }
    let cli = Cli::command();
    let Some(command) = named(&cli, words) else { return text };
    for (id, values) in given {
        let known = command.get_arguments().find(|argument| argument.get_id() == id);
        let Some(long) = known.and_then(clap::Arg::get_long) else { continue };
        let option = format!("--{long}");
        if words.split_whitespace().any(|word| word == option) {
            continue;
        }
        if *id == "local" {
            let _ = write!(text, " {option}");
            continue;
        }
        for value in values {
            let _ = write!(text, " {option} {}", quoted(value));
        }
    }
    text
}

/// The command that these words call.
fn named<'c>(cli: &'c Command, words: &str) -> Option<&'c Command> {
    let mut words = words.split_whitespace().skip(1);
    let mut command = cli.find_subcommand(words.next()?)?;
    while let Some(below) = words.next().and_then(|word| command.find_subcommand(word)) {
        command = below;
    }
    Some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated(words: &str, given: &[(&'static str, &[&str])]) -> String {
        let given: Vec<_> =
            given.iter().map(|(id, values)| (*id, values.iter().map(ToString::to_string).collect())).collect();
        with_options(words, &given)
    }

    #[test]
    fn a_hint_is_about_the_deployment_that_the_user_named() {
        let prod: (&str, &[&str]) = ("config", &["stacks/config/prod.toml"]);
        assert_eq!(repeated("vod deploy", &[prod]), "vod deploy --config stacks/config/prod.toml");
        assert_eq!(repeated("vod deploy --config a.toml", &[prod]), "vod deploy --config a.toml");
        assert_eq!(repeated("vod local up", &[prod]), "vod local up --config stacks/config/prod.toml");
        assert_eq!(repeated("vod videos list", &[("local", &["true"])]), "vod videos list --local");
        assert_eq!(
            repeated("vod local logs --follow", &[("config", &["it's here.toml"])]),
            r#"vod local logs --follow --config "it's here.toml""#
        );
        assert_eq!(
            repeated("vod diff", &[("sets", &["name=a", "tags={ a = \"b\" }"]), ("profile", &["dev"])]),
            r#"vod diff --set 'name=a' --set 'tags={ a = "b" }' --profile dev"#
        );
    }

    #[test]
    fn a_command_gets_only_options_that_it_has() {
        let given: [(&str, &[&str]); 3] = [("config", &["a.toml"]), ("profile", &["dev"]), ("out", &["x y"])];
        assert_eq!(repeated("vod init", &given), "vod init");
        assert_eq!(repeated("vod local down", &given), "vod local down --config a.toml");
        assert_eq!(repeated("vod package", &given), "vod package --config a.toml --out 'x y'");
        assert_eq!(repeated("vod nothing", &given), "vod nothing");
    }

    /// Clap says nothing of an id that no option has any longer.
    #[test]
    fn every_repeated_option_exists() {
        let cli = Cli::command();
        let deploy = cli.find_subcommand("deploy").unwrap();
        for id in REPEATED {
            assert!(deploy.get_arguments().any(|argument| argument.get_id() == id), "{id}");
        }
    }
}
