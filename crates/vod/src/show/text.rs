//! Texts that fit.

/// The width that everything fits into.
pub(crate) const WIDTH: usize = 80;

/// The text in so many characters: what does not fit is cut out of the middle, because both ends of a path tell more.
pub(crate) fn fit(text: &str, width: usize) -> String {
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
pub(crate) fn around(before: &str, after: &str, width: usize) -> (String, String) {
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

/// The text in lines of so many characters, each after an indent, broken at spaces where there are any.
pub(crate) fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let room = width.saturating_sub(indent.chars().count()).max(1);
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.iter().map(|line| format!("{indent}{line}")).collect::<Vec<_>>().join("\n")
}

/// `1 resource`, `2 resources`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
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
    fn long_texts_are_shown_where_they_differ() {
        let (before, after) = (format!("{}1{}", "x".repeat(50), "y".repeat(50)), format!("{}2", "x".repeat(50)));
        assert_eq!(around(&before, &after, 20), ("…xxxxxxxxxxxx1yyyyy…".to_owned(), "…xxxxxxxxxxxx2".to_owned()));
        assert_eq!(around("a", "b", 20), ("a".to_owned(), "b".to_owned()));
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrapped("one two three", "  ", 9), "  one two\n  three");
        assert_eq!(wrapped("unbreakable", "  ", 5), "  unbreakable");
    }
}
