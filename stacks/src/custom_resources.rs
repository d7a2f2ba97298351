//! The stack's custom resources.

use pipeline::contract::Handler;
use pipeline::custom_resource::Properties;
use synth::constructs::Function;
use synth::{Handle, Json, RawResource, Scope};

/// How much longer than its function CloudFormation waits for an answer, in seconds.
const GRACE_SECONDS: u16 = 30;

/// Adds a custom resource with the properties that `pipeline` names for its kind.
pub(super) fn custom_resource<P: Properties<Json>>(
    scope: &mut Scope<'_>,
    name: &str,
    answerer: &Function,
    properties: P,
) -> Handle<RawResource> {
    let timeout = Handler::CustomResource.contract().timeout_seconds + GRACE_SECONDS;
    let own = [("ServiceToken", Json::from(answerer.arn())), ("ServiceTimeout", timeout.into())];
    scope.add(name, RawResource::new(P::KIND.into_str(), own.into_iter().chain(properties.members())))
}
