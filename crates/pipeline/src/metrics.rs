//! The metrics that functions log in CloudWatch's embedded format, and that the dashboard shows.

/// The namespace of every metric.
pub const NAMESPACE: &str = "VideoOnDemand";
/// The dimension with the deployment's name, which every metric has.
pub const WORKFLOW_DIMENSION: &str = "Workflow";
/// The dimension with the name of the handler that failed, which [`Metric::WorkflowsFailed`] has besides.
pub const STAGE_DIMENSION: &str = "Stage";

/// A metric's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(const_into_str)]
pub enum Metric {
    /// Workflows that began.
    WorkflowsStarted,
    /// Workflows whose outputs are published.
    WorkflowsCompleted,
    /// Workflows that failed, by stage.
    WorkflowsFailed,
    /// Videos that were published without an asset of `MediaPackage`, or with one that cannot be played.
    AssetsFailed,
    /// How long an encoding job took, in seconds.
    EncodeSeconds,
    /// How long sources play, in minutes.
    SourceMinutes,
    /// How long all renditions together play, in minutes: what `MediaConvert` bills.
    OutputMinutes,
}

impl Metric {
    /// The metric's unit in CloudWatch, which knows no minutes.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::WorkflowsStarted | Self::WorkflowsCompleted | Self::WorkflowsFailed | Self::AssetsFailed => "Count",
            Self::EncodeSeconds => "Seconds",
            Self::SourceMinutes | Self::OutputMinutes => "None",
        }
    }
}
