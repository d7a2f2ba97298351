//! The function's environment, read through the contract.

use std::collections::BTreeMap;

use pipeline::contract::{Handler, UnknownHandler, Variable};

use crate::failure::Failure;

/// The values of the contract's variables, and the handler that Lambda names.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    handler: String,
    values: BTreeMap<Variable, String>,
}

impl Environment {
    /// The environment of this process; `_HANDLER` is set by Lambda.
    #[must_use]
    pub fn of_process() -> Self {
        let value = |name: &str| std::env::var(name).ok();
        Self {
            handler: value("_HANDLER").unwrap_or_default(),
            values: Variable::ALL.iter().filter_map(|variable| Some((*variable, value(variable.name())?))).collect(),
        }
    }

    /// The handler that this function is.
    ///
    /// # Errors
    /// When `_HANDLER` names none.
    pub fn handler(&self) -> Result<Handler, UnknownHandler> {
        self.handler.parse()
    }

    /// The value of a variable, which may be empty.
    ///
    /// # Errors
    /// When the variable is not set.
    pub fn get(&self, variable: Variable) -> Result<&str, Failure> {
        self.values.get(&variable).map(String::as_str).ok_or(Failure::MissingVariable { variable })
    }
}
