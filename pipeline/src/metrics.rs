//! The metrics that functions log in CloudWatch's embedded format, and that the dashboard shows.

/// The namespace of every metric.
pub const NAMESPACE: &str = "VideoOnDemand";
/// The dimension with the deployment's name, which every metric has.
pub const WORKFLOW_DIMENSION: &str = "Workflow";
/// The dimension with the name of the handler that failed, which [`Metric::Failed`] has besides.
pub const STAGE_DIMENSION: &str = "Stage";

crate::settings::words! {
    /// A metric's name.
    Metric is "a metric" {
        /// A workflow started.
        Started = "WorkflowsStarted",
        /// A workflow completed.
        Completed = "WorkflowsCompleted",
        /// A workflow failed.
        Failed = "WorkflowsFailed",
        /// The time from a job's submission to its end.
        EncodeTime = "EncodeTime",
        /// The length of a source.
        SourceMinutes = "SourceMinutes",
        /// The length of all renditions together, which is what encoding costs by.
        OutputMinutes = "OutputMinutes",
    }
}

impl Metric {
    /// The metric's unit in CloudWatch, which knows no minutes.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Started | Self::Completed | Self::Failed => "Count",
            Self::EncodeTime => "Seconds",
            Self::SourceMinutes | Self::OutputMinutes => "None",
        }
    }
}
