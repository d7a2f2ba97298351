//! The functions, as the contract lists them.

use std::collections::BTreeMap;

use pipeline::contract::{Feature, Handler, is_on};
use synth::aws::lambda::function::{Architectures, Environment};
use synth::constructs::{Code, Function, FunctionProps, Network};
use synth::{Scope, Value};

use super::parts::Parts;
use super::permissions;
use config::Config;
use heck::ToUpperCamelCase as _;
use pipeline::settings::Architecture;
use strum::VariantArray as _;

/// The deployment's functions.
#[derive(Debug)]
pub(super) struct Functions {
    functions: BTreeMap<Handler, Function>,
}

impl Functions {
    /// Adds every function whose feature is on; what they read and touch comes with [`Functions::connect`].
    pub(super) fn new(scope: &mut Scope<'_>, config: &Config, features: &[Feature], code: &Code) -> Self {
        let mut scope = scope.child("Functions");
        let network = config.functions.vpc.as_ref().map(|vpc| Network {
            subnets: vpc.subnets.iter().map(ToString::to_string).collect(),
            security_groups: vpc.security_groups.iter().map(ToString::to_string).collect(),
        });
        let functions = Handler::VARIANTS
            .iter()
            .copied()
            .filter(|handler| is_on(handler.contract().feature, features))
            .map(|handler| {
                let contract = handler.contract();
                let mut props = FunctionProps::new(code.clone())
                    .name(format!("{}-{handler}", config.name))
                    .description(contract.summary)
                    .handler(handler.into_str().to_owned())
                    .architecture(match config.functions.architecture {
                        Architecture::X86_64 => Architectures::X86_64,
                        Architecture::Arm64 => Architectures::Arm64,
                    })
                    .timeout_seconds(contract.timeout_seconds)
                    .memory_mib(contract.memory_mib)
                    .log_retention_days(config.functions.log_retention_days.get());
                if let Some(network) = &network {
                    props = props.network(network.clone());
                }
                (handler, Function::new(&mut scope, &construct_name(handler), props))
            })
            .collect();
        Self { functions }
    }

    /// The function of a handler.
    ///
    /// Asked for only where the handler's feature is on; the whole set exists then.
    pub(super) fn get(&self, handler: Handler) -> &Function {
        self.functions.get(&handler).expect("a function is asked for only where its feature is on")
    }

    /// Every function with its handler.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Handler, &Function)> {
        self.functions.iter().map(|(handler, function)| (*handler, function))
    }

    /// Gives every function the variables and the permissions of its contract.
    pub(super) fn connect(&self, scope: &mut Scope<'_>, features: &[Feature], parts: &Parts) {
        for (handler, function) in self.iter() {
            let contract = handler.contract();
            let variables: BTreeMap<String, Value<String>> = contract
                .variables_with(features)
                .map(|name| (name.into_str().to_owned(), parts.variable(name)))
                .collect();
            function.edit(scope, |properties| {
                properties.environment = Some(Environment::new().variables(variables));
            });
            for need in contract.needs_with(features) {
                permissions::grant(scope, function, parts, need);
            }
        }
    }
}

/// The handler's name as a construct's: `input-validate` is `InputValidate`.
pub(super) fn construct_name(handler: Handler) -> String {
    handler.into_str().to_upper_camel_case()
}
