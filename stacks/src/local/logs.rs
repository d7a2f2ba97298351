//! What the functions wrote to their logs.

use std::collections::BTreeSet;

use pipeline::contract::Handler;

use super::{Deployment, Error, Folder, Session};
use crate::aws::{During as _, code_of};

/// A line of a function's log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// When it was written, in milliseconds since 1970.
    pub time: i64,
    /// By which function.
    pub handler: Handler,
    /// What it says.
    pub text: String,
    /// What tells it from a line that says the same.
    id: String,
}

/// The logs of a platform's functions.
#[derive(Debug)]
pub struct Logs {
    client: aws_sdk_cloudwatchlogs::Client,
    stack: String,
    handlers: Vec<Handler>,
    /// The lines of the last moment that was read.
    seen: BTreeSet<Line>,
}

impl Logs {
    /// The log of one function, or of all.
    ///
    /// # Errors
    /// When no platform runs in the folder, or nothing is deployed.
    pub fn new(folder: &Folder, handler: Option<Handler>) -> Result<Self, Error> {
        let client = Session::expect(folder)?.way().logs();
        let handlers = handler.map_or_else(|| Handler::ALL.to_vec(), |handler| vec![handler]);
        Ok(Self { client, stack: Deployment::expect(folder)?.stack, handlers, seen: BTreeSet::new() })
    }

    /// The lines that are new since this was last asked, in the order of their times.
    ///
    /// # Errors
    /// When the logs cannot be read.
    pub async fn news(&mut self) -> Result<Vec<Line>, Error> {
        let since = self.seen.last().map(|line| line.time);
        let mut lines = BTreeSet::new();
        for handler in &self.handlers {
            let group = format!("/aws/lambda/{}-{handler}", self.stack);
            let request = self.client.filter_log_events().log_group_name(group).set_start_time(since);
            let mut pages = request.into_paginator().send();
            while let Some(page) = pages.next().await {
                // A function whose feature is off has no log.
                if let Err(error) = &page
                    && code_of(error) == Some("ResourceNotFoundException")
                {
                    break;
                }
                let events = page.during("logs:FilterLogEvents")?.events.unwrap_or_default();
                lines.extend(events.into_iter().filter_map(|event| {
                    let text = event.message?.trim_end().to_owned();
                    Some(Line {
                        time: event.timestamp?,
                        handler: *handler,
                        text,
                        id: event.event_id.unwrap_or_default(),
                    })
                }));
            }
        }
        let news: Vec<Line> = lines.difference(&self.seen).cloned().collect();
        if let Some(last) = lines.last().map(|line| line.time) {
            self.seen = lines.into_iter().filter(|line| line.time == last).collect();
        }
        Ok(news)
    }
}
