//! The estimate: lines, their sum, and what is not in it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::prices::{Item, PRICED_REGION, Prices};
use super::workload::Workload;
use super::{CostError, FreeTier};
use stacks::config::Config;

/// What a month costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The region that is charged.
    pub region: String,
    pub workload: Workload,
    /// One line for each thing that is charged.
    pub lines: Vec<Line>,
    /// The sum of what is known, in US dollars.
    pub total_usd: f64,
    /// Prices that nobody could verify, which the sum therefore lacks.
    pub unknown: Vec<Unknown>,
    pub warnings: Vec<String>,
    /// Between which days the figures are.
    pub prices_from: String,
    /// The last of those days.
    pub prices_to: String,
}

/// One thing that is charged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    pub service: String,
    pub what: String,
    /// Its name in the price table.
    pub price: Item,
    /// How much of it there is, before anything free.
    pub quantity: f64,
    pub unit: String,
    /// What it costs in US dollars; none where the price is unknown.
    pub usd: Option<f64>,
    pub date: String,
    pub source: String,
    /// Whether the price is that of the region, or of the viewers.
    pub regional: bool,
}

/// A price that nobody could verify.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unknown {
    /// Its name in the price table.
    pub price: Item,
    /// Where AWS shows it.
    pub source: String,
}

/// The lines as they are added.
pub(super) struct Bill<'a> {
    prices: &'a Prices,
    config: &'a Config,
    workload: &'a Workload,
    free_tier: FreeTier,
    lines: Vec<Line>,
}

impl<'a> Bill<'a> {
    pub(super) fn new(prices: &'a Prices, config: &'a Config, workload: &'a Workload, free_tier: FreeTier) -> Self {
        Self { prices, config, workload, free_tier, lines: Vec::new() }
    }

    /// Adds what there is any of.
    pub(super) fn add(&mut self, service: &str, what: &str, item: Item, quantity: f64) -> Result<(), CostError> {
        let price = self.prices.get(item)?;
        if quantity <= 0.0 {
            return Ok(());
        }
        let charged = match self.free_tier {
            FreeTier::Charged => quantity,
            FreeTier::TakenOff => (quantity - price.free).max(0.0),
        };
        let region = match item {
            Item::CloudfrontTransfer | Item::CloudfrontRequest => self.workload.viewers.as_str(),
            _ => self.config.region.as_str(),
        };
        self.lines.push(Line {
            service: service.to_owned(),
            what: what.to_owned(),
            price: item,
            quantity,
            unit: price.unit.clone(),
            // Nothing costs nothing, whatever its price.
            usd: if charged > 0.0 { price.of(charged, region) } else { Some(0.0) },
            date: price.date().to_owned(),
            source: price.source.clone(),
            regional: price.regions.contains_key(region) || region == PRICED_REGION || item.is_global(),
        });
        Ok(())
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Sums up.
    pub(super) fn close(self, warnings: Vec<String>) -> Estimate {
        let unknown = self.lines.iter().filter(|line| line.usd.is_none());
        let unknown = unknown.map(|line| Unknown { price: line.price, source: line.source.clone() });
        let known = || self.lines.iter().filter(|line| line.usd.is_some()).map(|line| line.date.as_str());
        Estimate {
            region: self.config.region.to_string(),
            workload: self.workload.clone(),
            total_usd: self.lines.iter().filter_map(|line| line.usd).sum(),
            unknown: unknown.collect::<BTreeSet<_>>().into_iter().collect(),
            warnings,
            prices_from: known().min().unwrap_or_default().to_owned(),
            prices_to: known().max().unwrap_or_default().to_owned(),
            lines: self.lines,
        }
    }
}
