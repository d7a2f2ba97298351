//! The one contract between code and infrastructure: every function, its variables and what it touches.
//!
//! `stacks` derives function resources, environments and IAM policies from it; `runtime` dispatches on the same
//! [`Handler`] and reads its environment through the same [`Variable`]. No IAM action is named here.

mod handler;
mod need;
mod variable;

pub use handler::Handler;
pub use need::{Bucket, Need, Workflow};
pub use variable::Variable;

/// The folder below `<guid>/` in the destination bucket that holds record fields too large for the table.
pub const OVERFLOW_FOLDER: &str = ".workflow";

/// A part of the platform that a deployment may leave out, together with the resources it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// Announcing each video on the topic; failures and alarms are announced in any case.
    Sns,
    /// The notification queue.
    Sqs,
    /// Packaging on request by `MediaPackage` VOD.
    MediaPackage,
    /// Asking `MediaConvert` for the account's own endpoint at deployment.
    EndpointDiscovery,
    /// The player's page, and the catalogue that it reads.
    Player,
    /// Both videos and metadata files start workflows, of which one [claims](crate::store::Claim) a video.
    Claims,
}

/// What one function is, reads and touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contract {
    /// What the function does, in one sentence (the function's description in the template).
    pub summary: &'static str,
    /// The function's timeout in seconds; every SDK timeout inside is shorter.
    pub timeout_seconds: u16,
    /// The function's memory in MiB; CPU grows with it.
    pub memory_mib: u16,
    /// The environment variables that the function reads.
    pub variables: &'static [Variable],
    /// What the function touches, and nothing else.
    pub needs: &'static [Need],
    /// The feature without which the function does not exist.
    pub feature: Option<Feature>,
}

impl Contract {
    /// The variables that a deployment with these features sets.
    pub fn variables_with(&self, features: &[Feature]) -> impl Iterator<Item = Variable> {
        self.variables.iter().copied().filter(move |variable| is_on(variable.feature(), features))
    }

    /// The needs that a deployment with these features grants.
    pub fn needs_with(&self, features: &[Feature]) -> impl Iterator<Item = Need> {
        self.needs.iter().copied().filter(move |need| is_on(need.feature(), features))
    }
}

/// Whether something behind `gate` exists in a deployment with `features`.
pub fn is_on(gate: Option<Feature>, features: &[Feature]) -> bool {
    gate.is_none_or(|feature| features.contains(&feature))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::VariantArray as _;

    use super::*;

    #[test]
    fn names_are_unique_and_parse_back() {
        let names: BTreeSet<_> = Handler::VARIANTS.iter().map(Handler::into_str).collect();
        assert_eq!(names.len(), 13);
        for &handler in Handler::VARIANTS {
            assert_eq!(handler.into_str().parse(), Ok(handler));
            assert_eq!(handler.to_string(), handler.into_str());
        }
        let names: BTreeSet<_> = Variable::VARIANTS.iter().map(Variable::into_str).collect();
        assert_eq!(names.len(), Variable::VARIANTS.len());
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = "encoder".parse::<Handler>().unwrap_err().to_string();
        assert!(error.contains("`encoder`") && error.contains("custom-resource") && error.contains("step-functions"));
    }

    #[test]
    fn every_variable_and_need_is_used() {
        for variable in Variable::VARIANTS {
            assert!(
                Handler::VARIANTS.iter().any(|handler| handler.contract().variables.contains(variable)),
                "{variable} is read by no handler"
            );
        }
        let needs = Handler::VARIANTS.iter().flat_map(|handler| handler.contract().needs);
        let needs: BTreeSet<&str> = needs.map(Into::into).collect();
        assert_eq!(needs, <Need as strum::VariantNames>::VARIANTS.iter().copied().collect(), "what some handler needs");
    }

    #[test]
    fn contracts_are_sensible() {
        for handler in Handler::VARIANTS {
            let contract = handler.contract();
            assert!(contract.summary.ends_with('.') && contract.summary.len() <= 256, "{handler}");
            assert!((1..=900).contains(&contract.timeout_seconds), "{handler}");
            assert!((128..=10_240).contains(&contract.memory_mib), "{handler}");
            assert!(contract.variables.contains(&Variable::LogLevel), "{handler}");
            let variables: BTreeSet<_> = contract.variables.iter().collect();
            assert_eq!(variables.len(), contract.variables.len(), "{handler} names a variable twice");
            let needs: BTreeSet<_> = contract.needs.iter().collect();
            assert_eq!(needs.len(), contract.needs.len(), "{handler} names a need twice");
        }
    }

    /// A function that may touch a thing also gets its name, and the other way round.
    #[test]
    fn needs_and_variables_agree() {
        let pairs: &[(Variable, &[Need])] = &[
            (Variable::WorkflowTable, &[Need::ReadTable, Need::UpdateTable]),
            (Variable::ClaimTable, &[Need::ClaimVideos]),
            (Variable::TopicArn, &[Need::PublishTopic]),
            (Variable::QueueUrl, &[Need::SendQueue]),
            (Variable::IngestStateMachine, &[Need::StartExecution(Workflow::Ingest)]),
            (Variable::ProcessStateMachine, &[Need::StartExecution(Workflow::Process)]),
            (Variable::PublishStateMachine, &[Need::StartExecution(Workflow::Publish)]),
            (Variable::MediaConvertRole, &[Need::PassEncodingRole]),
            (Variable::MediaPackageRole, &[Need::PassPackagingRole]),
            (Variable::PackagingGroup, &[Need::ManageAssets]),
            (Variable::MediaConvertEndpoint, &[Need::Probe, Need::SubmitJobs]),
            (Variable::CatalogueBucket, &[Need::UpdateCatalogue]),
        ];
        for handler in Handler::VARIANTS {
            let contract = handler.contract();
            for (variable, needs) in pairs {
                assert_eq!(
                    contract.variables.contains(variable),
                    contract.needs.iter().any(|need| needs.contains(need)),
                    "{handler}: {variable} and {needs:?}"
                );
            }
        }
    }

    #[test]
    fn a_gated_handler_holds_nothing_of_another_feature() {
        for handler in Handler::VARIANTS {
            let contract = handler.contract();
            if contract.feature.is_some() {
                let gates = contract
                    .variables
                    .iter()
                    .map(|variable| variable.feature())
                    .chain(contract.needs.iter().map(|need| need.feature()));
                for gate in gates.flatten() {
                    assert_eq!(Some(gate), contract.feature, "{handler}");
                }
            }
        }
        let answerer = Handler::CustomResource.contract();
        assert!(!answerer.needs_with(&[]).any(|need| need == Need::InstallPlayer));
        assert!(answerer.needs_with(&[Feature::Player]).any(|need| need == Need::InstallPlayer));
        assert!(answerer.needs_with(&[]).any(|need| need == Need::PurgeAssets), "what is switched off is taken away");
        let variables = Handler::SqsPublish.contract();
        assert!(!variables.variables_with(&[Feature::Sns]).any(|variable| variable == Variable::QueueUrl));
    }
}
