//! Permissions that are new or gone, as a table.

use deploy::diff::GrantChange;
use owo_colors::OwoColorize as _;

use crate::terminal::{self, TABLE_WIDTH};

/// A row for each statement.
pub(super) fn table(changes: &[GrantChange]) -> String {
    let mut table = terminal::table(["", "Policy of", "Effect", "Actions", "On"]);
    table.set_width(TABLE_WIDTH);
    for change in changes {
        let sign = if matches!(change, GrantChange::Added(_)) { "+" } else { "-" };
        let grant = change.grant();
        let actions: Vec<&str> = grant.actions.iter().map(String::as_str).collect();
        let on = [("", &grant.resource), ("for ", &grant.principal), ("if ", &grant.condition)];
        let on = on.into_iter().filter(|(_, text)| !text.is_empty()).map(|(word, text)| format!("{word}{text}"));
        table.add_row([
            sign.to_owned(),
            grant.holder.clone(),
            grant.effect.clone(),
            actions.join("\n"),
            on.collect::<Vec<_>>().join("\n"),
        ]);
    }
    let lines = table.trim_fmt();
    let coloured = lines.lines().map(|line| match line.trim_start().chars().next() {
        Some('+') => line.green().to_string(),
        Some('-') => line.red().to_string(),
        _ => line.to_owned(),
    });
    coloured.collect::<Vec<_>>().join("\n")
}
