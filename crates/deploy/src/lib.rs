//! Deploying a cloud assembly: what `vod deploy` does, with nothing of the terminal in it.
//!
//! A [`Watcher`] is notified of what happens and asked what may be done. Everything here goes on where an interrupted run
//! stopped: files that are uploaded stay, a change set of the same wish is made anew, an operation that is under way is
//! followed to its end first.
//!
//! **Architecture invariant**: it knows cloud assemblies, and neither this platform nor a terminal.

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

pub use self::bucket::{AssetBucket, AssetBucketProps, Presence};
pub use self::change_set::{Change, Plan, PlanKind, Risk};
pub use self::destroy::{MAX_COUNTED, Removal, StackResource, left_behind, purge};
pub use self::diagnosis::Diagnosis;
pub use self::error::DeployError;
pub use self::follow::ResourceEvent;
pub use self::operation::{Options, deploy, region_of};
pub use self::upload::lacking;

/// Who is notified of what happens, and decides what may happen.
pub trait Watcher {
    /// Something happened.
    fn notify(&mut self, event: &Event);

    /// Something is about to happen that needs consent.
    fn asked(&mut self, question: &Question<'_>) -> Answer;
}

/// What happens in a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A bucket for code and templates was made.
    BucketCreated {
        /// Its name.
        name: String,
    },
    /// A file is in S3 already.
    Present {
        /// Its key.
        key: String,
    },
    /// A file is on its way to S3.
    Uploading {
        /// Its key.
        key: String,
        /// Its size.
        bytes: u64,
    },
    /// A file has arrived in S3.
    Uploaded {
        /// Its key.
        key: String,
        /// Its size.
        bytes: u64,
    },
    /// Another operation is under way, and is waited for.
    Waiting {
        /// The stack.
        stack: String,
        /// Its status.
        status: StackStatus,
    },
    /// CloudFormation works out what would change.
    Planning {
        /// The stack.
        stack: String,
    },
    /// Nothing would change.
    Unchanged {
        /// The stack.
        stack: String,
    },
    /// The change begins.
    Started {
        /// The stack.
        stack: String,
        /// How many resources it touches.
        resources: usize,
    },
    /// Something happened to a resource.
    Resource {
        /// The stack.
        stack: String,
        /// What happened.
        event: ResourceEvent,
    },
    /// A bucket is being emptied.
    Emptying {
        /// The bucket.
        bucket: String,
        /// How many objects, old versions and delete markers are gone by now.
        removed: usize,
    },
    /// A bucket is empty.
    Emptied {
        /// The bucket.
        bucket: String,
        /// How many objects, old versions and delete markers there were.
        removed: usize,
    },
    /// A queue was deleted a moment ago, and its name is not free yet.
    QueueNameInUse {
        /// The stack.
        stack: String,
        /// For how long it is waited.
        wait: Duration,
    },
    /// The change is over.
    Finished {
        /// The stack.
        stack: String,
        /// How it ended.
        status: StackStatus,
    },
}

/// What needs consent.
#[derive(Debug)]
pub enum Question<'a> {
    /// The plan.
    Execute(&'a Plan),
    /// The resources that hold data and that the plan replaces or removes; asked after the plan itself.
    LoseData(&'a [Risk]),
    /// A stack whose creation failed, and which can only be deleted before it is created again.
    RemoveFailed(&'a DeployedStack),
}

/// What is answered to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It may be done.
    Yes,
    /// It may not.
    No,
}

/// Consents to everything and says nothing: for tests and for deployments that are made anew each time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Consent;

impl Watcher for Consent {
    fn notify(&mut self, _: &Event) {}

    fn asked(&mut self, _: &Question<'_>) -> Answer {
        Answer::Yes
    }
}
