//! The examples of docs/costs.md, computed by hand here and by the program.

#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

use config::{self, Config, Input};
use cost::prices::Item;
use cost::workload::Workload;
use cost::{Estimate, FreeTier, estimate};
use testing::configuration;

const PAGE: &str = include_str!("../../../docs/costs.md");

fn with(sets: &[&str]) -> Config {
    let sets = sets.iter().map(|set| (*set).to_owned()).collect();
    config::load(&Input { file: None, variables: Vec::new(), sets }).unwrap()
}

fn usd(estimate: &Estimate, item: Item) -> f64 {
    estimate.lines.iter().filter(|line| line.price == item).map(|line| line.usd.unwrap()).sum()
}

/// The program's figure is the one computed by hand, and the page has it.
fn check(estimate: &Estimate, item: Item, by_hand: f64) {
    let found = usd(estimate, item);
    assert!((found - by_hand).abs() < 1e-6, "{item:?}: {found}, by hand {by_hand}");
    let shown = format!("{by_hand:.4}");
    let shown = shown.trim_end_matches('0').trim_end_matches('.');
    assert!(PAGE.contains(shown), "docs/costs.md does not have {shown} for {item:?}");
}

#[test]
fn the_first_example() {
    let workload = Workload::from_toml(
        "[workload]\nvideos = 100\nminutes = { 1080p = 1000 }\nframe_rate = 30\nviews = 10000\nwatch_minutes = 5\nstorage_months = 12",
    )
    .unwrap();
    let estimate = estimate(&configuration(None), &workload, FreeTier::Charged).unwrap();
    // HLS and DASH, each with three HD and three SD renditions.
    check(&estimate, Item::MediaconvertBasic, 2.0 * (3.0 * 2.0 + 3.0) * 1000.0 * 0.0075);
    // Eight steps of ingest, eight of process, eight of publish.
    check(&estimate, Item::StepFunctionsTransition, 24.0 * 100.0 / 1000.0 * 0.025);
    // Video twice; audio inside HLS, and once for DASH. Sources at 20 Mb/s.
    let megabits = 2.0 * (8.5 + 6.0 + 5.0 + 3.5 + 1.5 + 0.4) + 3.0 * (0.128 + 0.096) + 0.128;
    check(&estimate, Item::S3Standard, (megabits + 20.0) / 8.0 / 1000.0 * 60_000.0 * 12.0 * 0.023);
    check(&estimate, Item::CloudfrontTransfer, 10_000.0 * 5.0 * 60.0 * 5.0 / 8.0 / 1000.0 * 0.085);
}

#[test]
fn the_second_example() {
    let workload = Workload::from_toml(
        "[workload]\nvideos = 4\nminutes = { 2160p = 100 }\nframe_rate = 60\nviews = 1000000\nwatch_minutes = 10",
    )
    .unwrap();
    let estimate = estimate(&with(&["encoding.family=cmaf"]), &workload, FreeTier::TakenOff).unwrap();
    // One UHD, three HD and three SD renditions, at 60 frames a second.
    check(&estimate, Item::MediaconvertBasic, (4.0 + 3.0 * 2.0 + 3.0) * 1.25 * 100.0 * 0.0075);
    // 375,000 GB, of which 1000 are free.
    let transfer = 10_000.0 * 0.085 + 40_000.0 * 0.080 + 100_000.0 * 0.060 + 224_000.0 * 0.040;
    check(&estimate, Item::CloudfrontTransfer, transfer);
    // 96 transitions: all free.
    assert!(usd(&estimate, Item::StepFunctionsTransition).abs() < 1e-9);
}

#[test]
fn what_is_not_known_is_not_nothing() {
    let workload = Workload::default();
    let estimate = estimate(&with(&["encoding.acceleration=ENABLED"]), &workload, FreeTier::Charged).unwrap();
    let of_encoding: Vec<_> = estimate.lines.iter().filter(|line| line.service == "MediaConvert").collect();
    assert!(of_encoding.iter().all(|line| line.usd.is_none()), "{of_encoding:#?}");
    assert!(estimate.unknown.iter().any(|unknown| unknown.price == Item::MediaconvertProfessional));
    assert!(estimate.warnings[0].contains("professional tier"), "{:#?}", estimate.warnings);
}

#[test]
fn every_item_that_is_named_has_a_price_in_the_table() {
    // Everything on, so that every line is there.
    let workload = Workload { restored_gb: 1.0, ..Workload::default() };
    for config in [configuration(None), configuration(Some("everything.toml")), configuration(Some("prod.toml"))] {
        assert!(estimate(&config, &workload, FreeTier::Charged).is_ok());
    }
}

#[test]
fn nothing_costs_nothing_but_what_stands() {
    let workload = Workload::from_toml("[workload]\nvideos = 0\nviews = 0\nminutes = {}").unwrap();
    let estimate = estimate(&configuration(None), &workload, FreeTier::TakenOff).unwrap();
    assert!(estimate.total_usd.abs() < 1e-9, "{:#?}", estimate.lines);
}
