//! `vod cost`: what a month is going to cost.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::ValueHint;
use comfy_table::CellAlignment;
use cost::workload::{NotAResolution, Resolution, Workload};
use cost::{CostError, Estimate, FreeTier, estimate};

use super::failure::{Failure, UsageError};
use super::options::ConfigArgs;
use super::terminal::{TABLE_WIDTH, print, print_json, table, wrapped};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// A file with a table `[workload]`; the options below come before it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    workload: Option<PathBuf>,
    /// Videos a month.
    #[arg(long, value_name = "COUNT")]
    videos: Option<f64>,
    /// Minutes a month of sources of a resolution, such as `1080p=1000`; can be given more than once.
    #[arg(long, value_name = "RESOLUTION=MINUTES", value_parser = minutes)]
    minutes: Vec<(Resolution, f64)>,
    /// Frames a second of the sources.
    #[arg(long, value_name = "COUNT")]
    frame_rate: Option<f64>,
    /// Views a month.
    #[arg(long, value_name = "COUNT")]
    views: Option<f64>,
    /// Minutes that a viewer watches on average.
    #[arg(long, value_name = "MINUTES")]
    watch_minutes: Option<f64>,
    /// How many months of videos are kept.
    #[arg(long, value_name = "MONTHS")]
    storage_months: Option<f64>,
    /// Take off what is free each month, as if nothing else in the account used it.
    #[arg(long)]
    free_tier: bool,
    /// Print the estimate as JSON, with the source of each price.
    #[arg(long)]
    json: bool,
}

fn minutes(text: &str) -> Result<(Resolution, f64), String> {
    let (resolution, minutes) = text.split_once('=').ok_or("use RESOLUTION=MINUTES, such as 1080p=1000")?;
    let resolution = resolution.parse().map_err(|error: NotAResolution| error.to_string())?;
    Ok((resolution, minutes.parse().map_err(|_| format!("`{minutes}` is no number"))?))
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.config.load()?;
    let workload = args.workload()?;
    let free_tier = if args.free_tier { FreeTier::TakenOff } else { FreeTier::Charged };
    let estimate = estimate(&config, &workload, free_tier)?;
    if args.json { print_json(&estimate) } else { print(&shown(&estimate)) }
}

impl Args {
    fn workload(&self) -> Result<Workload, Failure> {
        let mut workload = match &self.workload {
            None => Workload::default(),
            Some(path) => {
                let text = fs::read_to_string(path).map_err(UsageError::file("read", path))?;
                Workload::from_toml(&text).map_err(CostError::from)?
            }
        };
        for (key, given) in [
            (&mut workload.videos, self.videos),
            (&mut workload.frame_rate, self.frame_rate),
            (&mut workload.views, self.views),
            (&mut workload.watch_minutes, self.watch_minutes),
            (&mut workload.storage_months, self.storage_months),
        ] {
            *key = given.unwrap_or(*key);
        }
        if !self.minutes.is_empty() {
            workload.minutes = self.minutes.iter().copied().collect();
        }
        Ok(workload)
    }
}

fn shown(estimate: &Estimate) -> String {
    let workload = &estimate.workload;
    let minutes: Vec<String> = workload
        .minutes
        .iter()
        .rev()
        .map(|(resolution, minutes)| format!("{} of {resolution}", grouped(*minutes)))
        .collect();
    let mut text = format!(
        "A month in {}: {} videos, minutes: {}; {} views of {} minutes; {} months of videos kept.",
        estimate.region,
        grouped(workload.videos),
        if minutes.is_empty() { "none".to_owned() } else { minutes.join(", ") },
        grouped(workload.views),
        workload.watch_minutes,
        workload.storage_months,
    );
    text = format!("{}\n\n", wrapped(&text, ""));
    let mut table = table(["Service", "What", "Quantity", "US dollars"]);
    table.set_width(TABLE_WIDTH);
    let mut service = "";
    for line in &estimate.lines {
        let name = if line.service == service { "" } else { &line.service };
        service = &line.service;
        let usd = line.usd.map_or_else(|| "unknown".to_owned(), dollars);
        table.add_row([name.to_owned(), line.what.clone(), format!("{} {}", grouped(line.quantity), line.unit), usd]);
    }
    let total = if estimate.unknown.is_empty() { "Total" } else { "At least" };
    table.add_row([total.to_owned(), String::new(), String::new(), dollars(estimate.total_usd)]);
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let _ = writeln!(text, "{}\n", table.trim_fmt());
    if !estimate.unknown.is_empty() {
        let _ = writeln!(text, "Not in the total, because the price is not known here:");
        for unknown in &estimate.unknown {
            let name = serde_json::json!(unknown.price);
            let _ = writeln!(text, "  {}  {}", name.as_str().unwrap_or_default(), unknown.source);
        }
        text.push('\n');
    }
    for warning in &estimate.warnings {
        let _ = writeln!(text, "{}", wrapped(&format!("! {warning}"), ""));
    }
    if !estimate.warnings.is_empty() {
        text.push('\n');
    }
    let note = format!(
        "Before taxes and discounts. Prices are of {} to {}; `--json` shows each one's source.",
        estimate.prices_from, estimate.prices_to
    );
    let _ = writeln!(text, "{}", wrapped(&note, ""));
    text
}

/// Dollars and cents; what is less than a cent, but something, as that.
fn dollars(usd: f64) -> String {
    if usd > 0.0 && usd < 0.005 { "< 0.01".to_owned() } else { with_commas(&format!("{usd:.2}")) }
}

/// A quantity with commas, and with decimals where it is small.
fn grouped(number: f64) -> String {
    if number.fract() == 0.0 || number >= 100.0 { with_commas(&format!("{number:.0}")) } else { format!("{number:.2}") }
}

fn with_commas(number: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = String::new();
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    rest.map_or_else(|| text.clone(), |rest| format!("{text}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        for (number, text) in
            [(0.0, "0"), (999.0, "999"), (1000.0, "1,000"), (1_234_567.8, "1,234,568"), (0.25, "0.25"), (12.0, "12")]
        {
            assert_eq!(grouped(number), text);
        }
        for (usd, text) in [(0.0, "0.00"), (0.001, "< 0.01"), (0.005, "0.01"), (1234.5, "1,234.50")] {
            assert_eq!(dollars(usd), text);
        }
    }
}
