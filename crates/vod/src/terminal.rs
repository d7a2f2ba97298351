//! The terminal: texts that fit it, tables, questions, and the runtime in which commands wait.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle, presets};
use indicatif::ProgressStyle;
use serde::Serialize;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use tokio_util::sync::CancellationToken;

use super::failure::{Failure, UsageError};

/// The width of a terminal that does not say how wide it is.
pub(super) const WIDTH: usize = 80;

/// The same for a table.
pub(super) const TABLE_WIDTH: u16 = 80;

/// The width of the terminal that the standard output is, or nothing where it goes to a file or a program.
pub(super) fn width() -> Option<usize> {
    let width = || Table::new().width().map_or(WIDTH, usize::from);
    io::stdout().is_terminal().then(width)
}

/// How wide a text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// So many columns: what is longer is cut.
    Terminal(usize),
    /// Sentences are wrapped as for a terminal, but names stay whole: a program may read them.
    Pipe,
}

impl Width {
    /// That of the standard output.
    pub(super) fn of_output() -> Self {
        width().map_or(Self::Pipe, Self::Terminal)
    }

    pub(super) fn columns(self) -> usize {
        match self {
            Self::Terminal(columns) => columns,
            Self::Pipe => WIDTH,
        }
    }

    /// A name behind so many columns.
    pub(super) fn name(self, text: &str, taken: usize) -> String {
        match self {
            Self::Terminal(columns) => fit(text, columns.saturating_sub(taken)),
            Self::Pipe => fit(text, usize::MAX),
        }
    }

    /// Two names behind a sign: the second in a column of its own, or below the first where it is too narrow for that.
    pub(super) fn pair(self, sign: &str, first: &str, column: usize, second: &str) -> String {
        let indent = sign.chars().count();
        let (one, two) = (first.chars().count(), second.chars().count());
        if indent + one.max(column) + 1 + two <= self.columns() {
            return format!("{sign}{first:<column$} {second}");
        }
        if indent + one + 1 + two <= self.columns() {
            return format!("{sign}{first} {second}");
        }
        let below = indent + 2;
        format!("{sign}{}\n{:below$}{}", self.name(first, indent), "", self.name(second, below))
    }

    /// The text in lines that fit, each after an indent, broken at spaces where there are any.
    pub(super) fn wrapped(self, text: &str, indent: &str) -> String {
        wrapped_to(self.columns(), text, indent)
    }
}

/// The width of the terminal that the standard error is.
pub(super) fn error_width() -> usize {
    Table::new().use_stderr().width().map_or(WIDTH, usize::from)
}

/// Writes a text that ends its own last line.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::output)
}

/// Writes a value as JSON, its members in alphabetical order.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let value = serde_json::to_value(value).map_err(|error| Failure::output(error.into()))?;
    print(&format!("{value:#}\n"))
}

/// Fails where there is a question and nobody to answer it.
pub(super) fn require_somebody() -> Result<(), UsageError> {
    if io::stdin().is_terminal() { Ok(()) } else { Err(UsageError::NobodyToAsk) }
}

pub(super) fn ask(question: &str) -> io::Result<String> {
    let mut stdout = anstream::stdout().lock();
    write!(stdout, "{question} ").and_then(|()| stdout.flush())?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

pub(super) fn confirm(question: &str) -> io::Result<bool> {
    let answer = ask(&format!("{question} [y/N]"))?;
    Ok(["y", "yes"].contains(&answer.to_lowercase().as_str()))
}

pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Runtime::new().map_err(local::Error::from)?.block_on(work)
}

/// A token that Ctrl-C cancels.
pub(super) fn canceled_by_ctrl_c() -> CancellationToken {
    let token = CancellationToken::new();
    let canceler = token.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            canceler.cancel();
        }
    });
    token
}

/// A table with a line below its header.
pub(super) fn table<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Table {
    const UNDERLINED_HEADER: TableStyle = presets::NOTHING.header_separator(LineStyle::none().fill('─'));
    let mut table = Table::new();
    table.load_style(UNDERLINED_HEADER).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    table
}

pub(super) fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

/// A size in kilobytes, rounded up.
pub(super) fn kilobytes(bytes: u64) -> String {
    format!("{} kB", bytes.div_ceil(1000))
}

pub(super) fn bar_style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is constant")
}

/// `1 resource`, `2 resources`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The text in lines of [`WIDTH`], each after an indent, broken at spaces where there are any.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
    wrapped_to(WIDTH, text, indent)
}

/// The same for lines of another width.
pub(super) fn wrapped_to(width: usize, text: &str, indent: &str) -> String {
    let options = Options::new(width)
        .initial_indent(indent)
        .subsequent_indent(indent)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .break_words(false);
    textwrap::fill(text, options)
}

/// The text in so many characters: what does not fit is cut out of the middle, because both ends of a path tell more.
pub(super) fn fit(text: &str, width: usize) -> String {
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let count = text.chars().count();
    if count <= width {
        return text;
    }
    let (head, tail) = (width.saturating_sub(1) / 2, width.saturating_sub(1).div_ceil(2));
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - tail).collect();
    format!("{start}…{end}")
}

/// Two texts cut to where they differ.
pub(super) fn around(before: &str, after: &str, width: usize) -> (String, String) {
    /// How much of what is the same is shown.
    const CONTEXT: usize = 12;
    let (before, after): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let same = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let start = if before.len().max(after.len()) > width { same.saturating_sub(CONTEXT) } else { 0 };
    let cut = |letters: &[char]| {
        let text: String = letters.iter().skip(start).collect();
        let text = if start > 0 { format!("…{text}") } else { text };
        match text.char_indices().nth(width) {
            Some(_) => format!("{}…", text.chars().take(width - 1).collect::<String>()),
            None => text,
        }
    };
    (cut(&before), cut(&after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_in_the_middle() {
        assert_eq!(fit("short", 9), "short");
        assert_eq!(fit("abcdefghijklm", 9), "abcd…jklm");
        assert_eq!(fit("two\nlines", 20), "two lines");
    }

    #[test]
    fn names_stay_whole_where_a_program_may_read_them() {
        let long = "x".repeat(90);
        assert_eq!(Width::Pipe.name(&long, 10), long);
        assert_eq!(Width::Terminal(20).name("abcdefghijklm", 11), "abcd…jklm");
    }

    #[test]
    fn a_second_name_goes_below_the_first_where_it_is_narrow() {
        let pair = |columns| Width::Terminal(columns).pair("+ ", "Queue", 8, "AWS::SQS::Queue");
        assert_eq!(pair(26), "+ Queue    AWS::SQS::Queue");
        assert_eq!(pair(25), "+ Queue AWS::SQS::Queue");
        assert_eq!(pair(22), "+ Queue\n    AWS::SQS::Queue");
        assert_eq!(pair(18), "+ Queue\n    AWS::S…::Queue");
    }

    #[test]
    fn long_texts_are_shown_where_they_differ() {
        let (before, after) = (format!("{}1{}", "x".repeat(50), "y".repeat(50)), format!("{}2", "x".repeat(50)));
        assert_eq!(around(&before, &after, 20), ("…xxxxxxxxxxxx1yyyyy…".to_owned(), "…xxxxxxxxxxxx2".to_owned()));
        assert_eq!(around("a", "b", 20), ("a".to_owned(), "b".to_owned()));
    }

    #[test]
    fn lines_break_at_spaces() {
        let long = "x".repeat(70);
        assert_eq!(wrapped(&format!("one {long} three four"), "  "), format!("  one {long}\n  three four"));
        assert_eq!(wrapped(&"x".repeat(100), "  "), format!("  {}", "x".repeat(100)));
    }
}
