//! From a request to what is carried out: the job template below the job's settings, presets below the outputs'.
//!
//! All of it works on requests in `PascalCase`, as JSON.

mod complete;
mod merge;

use mediaconvert::Job;
use serde_json::Value;

use crate::service::{
    Service,
    account::{Account, Kind},
    api::error::ApiError,
    store::{Definition, Entity, JobTemplate, Preset, Session},
};

/// A request with all that it refers to.
pub(crate) struct Resolved {
    /// With the template's settings; presets are names.
    pub(crate) request: Value,
    /// With the presets' settings as well.
    pub(crate) settings: Value,
}

/// Puts the template and the presets of a request below it, and checks the result.
pub(crate) fn resolve(request: &Value, session: &Session<'_>, service: &Service) -> Result<Resolved, ApiError> {
    let account = &service.account;
    let mut request = request.clone();
    if let Some(given) = request.get("JobTemplate").and_then(Value::as_str) {
        let template = referred::<JobTemplate>(given, Kind::JobTemplate, session, account)?;
        request = merge::job_over_template(&request, &template.request);
        // The rules between settings hold for the whole, not only for what the request says itself.
        Job::from_value(&service.files.for_the_model(&request))?;
    }
    let mut settings = request.clone();
    for output in merge::outputs_mut(&mut settings) {
        let Some(given) = output.get("Preset").and_then(Value::as_str) else { continue };
        let preset = referred::<Preset>(given, Kind::Preset, session, account)?;
        merge::output_over_preset(output, &preset.request["Settings"]);
    }
    Job::from_value(&service.files.for_the_model(&settings))?;
    complete::check(&settings)?;
    Ok(Resolved { request, settings })
}

/// A template or preset that a request names; what does not exist makes the request a bad one.
fn referred<'s, E: Entity + AsRef<Definition> + 's>(
    given: &str,
    kind: Kind,
    session: &'s Session<'_>,
    account: &Account,
) -> Result<&'s Definition, ApiError> {
    let name = account.name(kind, given)?;
    let found = session.get::<E>(&name).map(AsRef::as_ref);
    found.ok_or_else(|| ApiError::bad_request(format!("there is no {} `{name}`", kind.spoken())))
}
