//! A deployment on a terminal: a bar, a line a resource, and questions.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use aws::succeeded;
use aws_sdk_cloudformation::types::StackStatus;
use deploy::diff::{Exists, Risk, StackDiff};
use deploy::{Answer, Change, Event, Plan, Question, ResourceEvent, Watcher};
use indicatif::{ProgressBar, ProgressDrawTarget};
use owo_colors::OwoColorize as _;

use super::diff;
use crate::terminal::{Width, bar_style, confirm, counted, kilobytes};

/// Whether somebody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// Each time.
    Ask,
    /// Everything was agreed to beforehand; not the loss of data.
    Given,
}

/// Tells what happens on the standard output, and asks there.
#[derive(Debug)]
pub(crate) struct Terminal {
    consent: Agreement,
    /// The resources whose data may be lost.
    may_lose: Vec<String>,
    account: String,
    width: Width,
    bar: ProgressBar,
    done: usize,
    total: usize,
}

impl Terminal {
    /// A bar is drawn only where the standard error is a terminal.
    pub(crate) fn new(consent: Agreement, may_lose: &[String]) -> Self {
        let (may_lose, account) = (may_lose.to_vec(), String::new());
        let width = Width::of_output();
        Self { consent, may_lose, account, width, bar: ProgressBar::hidden(), done: 0, total: 0 }
    }

    /// Names the account in the questions from now on.
    pub(crate) fn name_account(&mut self, account: &str) {
        account.clone_into(&mut self.account);
    }

    /// Whether there is somebody to ask, should it come to that.
    pub(crate) fn can_ask(&self) -> bool {
        self.consent == Agreement::Given || io::stdin().is_terminal()
    }

    fn say(&self, line: &str) {
        self.bar.suspend(|| {
            // What happens at AWS goes on even where nobody reads about it.
            let _ = writeln!(anstream::stdout().lock(), "{line}");
        });
    }

    fn start(&mut self, total: usize, message: String) {
        self.bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
        self.bar.set_style(bar_style("{bar:20} {pos}/{len} {elapsed} {wide_msg}"));
        self.bar.set_message(message);
        self.bar.enable_steady_tick(Duration::from_secs(1));
        (self.done, self.total) = (0, total);
    }

    fn event(&mut self, stack: &str, event: &ResourceEvent) {
        let status = event.status.as_str();
        if event.is_of_stack() {
            if status.contains("ROLLBACK_IN_PROGRESS") {
                self.say(&format!("{}", format!("{stack} is rolled back").red().bold()));
            }
            return;
        }
        if !event.is_final() {
            self.bar.set_message(format!("{} {}", in_words(status), event.logical_id));
            return;
        }
        self.done += 1;
        self.bar.set_position(self.done.min(self.total) as u64);
        self.say(&resource_line(event, self.width));
    }

    fn ask(&self, question: &str) -> Answer {
        self.bar.suspend(|| if confirm(question).unwrap_or_default() { Answer::Yes } else { Answer::No })
    }

    fn lose_data(&self, risks: &[Risk]) -> Answer {
        let open: Vec<&Risk> = risks.iter().filter(|risk| !self.may_lose.contains(&risk.logical_id)).collect();
        if open.is_empty() {
            return Answer::Yes;
        }
        if !io::stdin().is_terminal() {
            return Answer::No;
        }
        for risk in &open {
            self.say(&diff::warning(risk, self.width));
        }
        self.ask("Lose this data?")
    }
}

impl Watcher for Terminal {
    fn notify(&mut self, event: &Event) {
        match event {
            Event::BucketCreated { name } => self.say(&format!("Made the bucket {name} for code and templates.")),
            Event::Present { .. } => {}
            Event::Uploading { key, bytes } => self.start(1, format!("uploading {key}, {}", kilobytes(*bytes))),
            Event::Uploaded { key, bytes } => {
                self.bar.finish_and_clear();
                let size = kilobytes(*bytes);
                self.say(&format!("Uploaded {} ({size}).", self.width.name(key, 14 + size.len())));
            }
            Event::Waiting { stack, status } => {
                self.start(0, format!("waiting for {stack}"));
                let line = format!("{stack} is in {status}: another change is under way, and is waited for.");
                self.say(&self.width.wrapped(&line, ""));
            }
            Event::Planning { stack } => self.start(0, format!("asking what would change in {stack}")),
            Event::Unchanged { stack } => {
                self.bar.finish_and_clear();
                self.say(&format!("{stack} is up to date: nothing is changed."));
            }
            Event::Started { stack, resources } => {
                self.start(*resources, format!("{stack}: Ctrl-C stops watching, not the change"));
            }
            Event::Resource { stack, event } => self.event(stack, event),
            Event::Emptying { bucket, removed } => {
                if self.total != 0 || self.bar.is_finished() {
                    self.start(0, String::new());
                }
                self.bar.set_message(format!("{bucket}: {} removed", counted(*removed, "object")));
            }
            Event::Emptied { bucket, removed } => {
                self.bar.finish_and_clear();
                if *removed > 0 {
                    self.say(&self.width.wrapped(&format!("Emptied {bucket}: {}.", counted(*removed, "object")), ""));
                }
            }
            Event::QueueNameInUse { stack, wait } => {
                let seconds = wait.as_secs() + 1;
                let line = format!(
                    "The queues of the failed {stack} are just gone, and SQS holds their names for 60 s: waiting {seconds} s."
                );
                self.say(&self.width.wrapped(&line, ""));
                self.start(0, format!("waiting for the names of {stack}'s queues"));
            }
            Event::Finished { stack, status } => {
                self.bar.finish_and_clear();
                self.say(&finished_line(stack, status));
            }
        }
    }

    fn asked(&mut self, question: &Question<'_>) -> Answer {
        self.bar.finish_and_clear();
        let question = match question {
            Question::Deploy(diff) => {
                self.say(deployment_text(diff, self.width).trim_end());
                format!("Deploy {} to the account {} in {}?", diff.stack, self.account, diff.region)
            }
            Question::DoMore { plan, changes, risks } => {
                self.say(more_text(plan, changes, risks, self.width).trim_end());
                format!("Deploy {} to the account {} in {} nevertheless?", plan.stack, self.account, plan.region)
            }
            Question::LoseData(risks) => return self.lose_data(risks),
            Question::RemoveFailed(stack) => {
                let line = format!(
                    "{} is in {}: its creation failed. It is removed before it is made anew.",
                    stack.name, stack.status
                );
                self.say(&self.width.wrapped(&line, ""));
                format!("Remove {} from the account {}?", stack.name, self.account)
            }
        };
        if self.consent == Agreement::Given { Answer::Yes } else { self.ask(&question) }
    }
}

/// Of a new stack how many of each resource, of another what differs.
fn deployment_text(diff: &StackDiff, width: Width) -> String {
    if diff.exists == Exists::Missing { new_stack_text(diff, width) } else { diff::text(diff, width) }
}

/// What CloudFormation would do besides what the templates show.
fn more_text(plan: &Plan, changes: &[&Change], risks: &[Risk], width: Width) -> String {
    let mut text = format!("{}\n", width.wrapped(&format!("CloudFormation would also change in {}:", plan.stack), ""));
    for change in changes {
        let _ =
            writeln!(text, "{}", diff::resource_line(change.impact, &change.logical_id, &change.resource_type, width));
    }
    for risk in risks {
        let _ = writeln!(text, "\n{}", diff::warning(risk, width));
    }
    text
}

fn new_stack_text(diff: &StackDiff, width: Width) -> String {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for resource in &diff.resources {
        *counts.entry(&resource.resource_type).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let list: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("{}\n{}\n", diff::headline(diff).bold(), width.wrapped(&list.join(", "), "  "))
}

fn resource_line(event: &ResourceEvent, width: Width) -> String {
    let sign = format!("  {:<13} ", in_words(event.status.as_str()));
    let line = width.pair(&sign, &event.logical_id, 36, event.resource_type.trim_start_matches("AWS::"));
    if !event.is_failure() {
        return line;
    }
    let reason = event.reason.as_deref().unwrap_or("CloudFormation gives no reason");
    format!("{}\n{}", line.red(), width.wrapped(reason, "      "))
}

fn finished_line(stack: &str, status: &StackStatus) -> String {
    let line = format!("{stack} is in {status}.");
    if succeeded(status) { line.green().to_string() } else { line.red().bold().to_string() }
}

/// A status in a word or two: `CREATE_COMPLETE` is `created`.
fn in_words(status: &str) -> String {
    let words = [
        ("CREATE_COMPLETE", "created"),
        ("UPDATE_COMPLETE", "updated"),
        ("DELETE_COMPLETE", "deleted"),
        ("DELETE_SKIPPED", "kept"),
        ("IMPORT_COMPLETE", "imported"),
        ("CREATE_FAILED", "NOT CREATED"),
        ("UPDATE_FAILED", "NOT UPDATED"),
        ("DELETE_FAILED", "NOT DELETED"),
        ("CREATE_IN_PROGRESS", "creating"),
        ("UPDATE_IN_PROGRESS", "updating"),
        ("DELETE_IN_PROGRESS", "deleting"),
    ];
    let known = words.iter().find(|(name, _)| *name == status);
    known.map_or_else(|| status.to_lowercase().replace('_', " "), |(_, words)| (*words).to_owned())
}
