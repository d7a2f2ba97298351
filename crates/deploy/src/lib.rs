//! Deploying a cloud assembly: what `vod deploy` does, with nothing of the terminal in it.
//!
//! A [`Watcher`] is notified of what happens and asked what may be done. Everything here goes on where an interrupted run
//! stopped: files that are uploaded stay, a change set of the same request is made anew, an operation that is under way is
//! followed to its end first.
//!
//! **Architecture invariant**: it knows cloud assemblies, and neither this platform nor a terminal.
#![allow(clippy::missing_errors_doc, reason = "each error says itself what failed")]

mod bucket;
mod change_set;
mod destroy;
mod diagnosis;
pub mod diff;
mod error;
mod follow;
mod operation;
mod upload;

use std::time::Duration;

use aws::DeployedStack;
use aws_sdk_cloudformation::types::StackStatus;

use self::diff::{Risk, StackDiff};

pub use self::bucket::{AssetBucket, AssetBucketProps, Presence, check_event_source};
pub use self::change_set::{Change, Plan};
pub use self::destroy::{MAX_COUNTED, Removal, StackResource, left_behind, purge};
pub use self::diagnosis::Diagnosis;
pub use self::error::DeployError;
pub use self::follow::ResourceEvent;
pub use self::operation::{Deployment, Options, deploy, region_of};
pub use self::upload::lacking;

/// Who is notified of what happens, and decides what may happen.
pub trait Watcher {
    fn notify(&mut self, event: &Event);

    /// Something is about to happen that needs consent.
    fn asked(&mut self, question: &Question<'_>) -> Answer;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    BucketCreated { name: String },
    Present { key: String },
    Uploading { key: String, bytes: u64 },
    Uploaded { key: String, bytes: u64 },
    // Another operation is under way, and is waited for.
    Waiting { stack: String, status: StackStatus },
    Planning { stack: String },
    Unchanged { stack: String },
    Started { stack: String, resources: usize },
    Resource { stack: String, event: ResourceEvent },
    // Objects, old versions and delete markers are counted alike.
    Emptying { bucket: String, removed: usize },
    Emptied { bucket: String, removed: usize },
    // A queue was deleted a moment ago, and its name is not free yet.
    QueueNameInUse { stack: String, wait: Duration },
    Finished { stack: String, status: StackStatus },
}

#[derive(Debug)]
pub enum Question<'a> {
    /// What differs; nothing is made or uploaded before.
    Deploy(&'a StackDiff),
    /// CloudFormation would do more than the templates showed: change these resources, and replace what holds data but keeps it.
    DoMore { plan: &'a Plan, changes: &'a [&'a Change], risks: &'a [Risk] },
    /// The resources whose data would be gone; asked after the change itself.
    LoseData(&'a [Risk]),
    /// A stack whose creation failed, and which can only be deleted before it is created again.
    RemoveFailed(&'a DeployedStack),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
}
