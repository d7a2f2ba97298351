//! The function's environment, read through the contract.

use std::{collections::BTreeMap, str::FromStr};

use pipeline::{
    contract::{Handler, Variable},
    profile::Templates,
    settings::UnknownWord,
};
use strum::VariantArray as _;

use crate::failure::Failure;

/// The values of the contract's variables, and the handler that Lambda names.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    handler: String,
    values: BTreeMap<Variable, String>,
    overrides_endpoints: bool,
}

/// The SDK's own variables for the address of `MediaConvert`
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
const ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_MEDIACONVERT", "AWS_ENDPOINT_URL"];

impl Environment {
    /// An environment with these values.
    pub fn new(values: impl IntoIterator<Item = (Variable, String)>) -> Self {
        Self { values: values.into_iter().collect(), ..Self::default() }
    }

    /// The environment of this process; `_HANDLER` is set by Lambda.
    pub fn of_process() -> Self {
        let value = |name: &str| std::env::var(name).ok();
        Self {
            handler: value("_HANDLER").unwrap_or_default(),
            values: Variable::VARIANTS
                .iter()
                .filter_map(|variable| Some((*variable, value(variable.into_str())?)))
                .collect(),
            overrides_endpoints: ENDPOINT_VARIABLES.iter().any(|name| value(name).is_some_and(|url| !url.is_empty())),
        }
    }

    pub fn handler(&self) -> Result<Handler, UnknownWord> {
        self.handler.parse()
    }

    /// Whether the process has a setting, beside the contract, of the address of `MediaConvert`: on a laptop it is not AWS's.
    pub fn overrides_endpoints(&self) -> bool {
        self.overrides_endpoints
    }

    /// The value of a variable, which may be empty.
    pub fn get(&self, variable: Variable) -> Result<&str, Failure> {
        self.values.get(&variable).map(String::as_str).ok_or(Failure::MissingVariable { variable })
    }

    /// The names of the deployment's job templates.
    pub fn job_templates(&self) -> Result<Templates, Failure> {
        let name = |variable| self.get(variable).map(str::to_owned);
        Ok(Templates {
            p2160: name(Variable::JobTemplate2160p)?,
            p1080: name(Variable::JobTemplate1080p)?,
            p720: name(Variable::JobTemplate720p)?,
        })
    }

    /// The value of a variable, read from JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, variable: Variable) -> Result<T, Failure> {
        serde_json::from_str(self.get(variable)?)
            .map_err(|source| Failure::InvalidVariable { variable, source: Box::new(source) })
    }

    /// The value of a variable, read as its type.
    pub fn parse<T>(&self, variable: Variable) -> Result<T, Failure>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        let value = self.get(variable)?;
        value.parse().map_err(|source| Failure::InvalidVariable { variable, source: Box::new(source) })
    }
}
