//! Queues.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Entity, Tables};

/// Whether jobs of a queue may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum QueueStatus {
    Active,
    Paused,
}

/// How a queue is paid for, which here only decides where its concurrency is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PricingPlan {
    OnDemand,
    Reserved,
}

/// What a reserved queue has reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reservation {
    pub(crate) commitment: String,
    pub(crate) renewal_type: String,
    pub(crate) reserved_slots: usize,
    /// When it was bought, in milliseconds since 1970.
    pub(crate) purchased: u64,
}

/// A queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub(crate) created: u64,
    /// When it was changed last, in milliseconds since 1970.
    pub(crate) updated: u64,
    pub(crate) status: QueueStatus,
    pub(crate) plan: PricingPlan,
    /// How many of its jobs may run at once; as many as the service allows when nothing is said.
    pub(crate) concurrency: Option<usize>,
    pub(crate) feeds: Option<i64>,
    pub(crate) reservation: Option<Reservation>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Queue {
    /// The queue that every account has.
    pub(crate) const DEFAULT: &'static str = "Default";

    /// An active queue without limits of its own.
    pub(crate) fn new(name: &str, now: u64) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            created: now,
            updated: now,
            status: QueueStatus::Active,
            plan: PricingPlan::OnDemand,
            concurrency: None,
            feeds: None,
            reservation: None,
            tags: BTreeMap::new(),
        }
    }

    /// How many of its jobs may run at once, out of what the whole service may run.
    pub(crate) fn slots(&self, all: usize) -> usize {
        let own = self.reservation.as_ref().map(|reservation| reservation.reserved_slots).or(self.concurrency);
        own.unwrap_or(all).min(all)
    }
}

impl Entity for Queue {
    const FOLDER: &'static str = "queues";

    fn key(&self) -> &str {
        &self.name
    }

    fn table(tables: &Tables) -> &BTreeMap<String, Self> {
        &tables.queues
    }

    fn table_mut(tables: &mut Tables) -> &mut BTreeMap<String, Self> {
        &mut tables.queues
    }
}
