//! Which credentials a command uses: a profile that it names wins over keys in the environment.
//!
//! The rule is that of the AWS CLI (botocore, `credentials.create_credential_resolver`): an option `--profile` takes the
//! environment's keys out of the chain, a variable such as `AWS_PROFILE` does not; and a profile that is named but does not
//! exist is an error either way. The SDK alone lets the keys win over both, and says nothing of a missing profile.

use std::env;
use std::fmt;

use aws_config::default_provider::use_dual_stack::use_dual_stack_provider;
use aws_config::default_provider::use_fips::use_fips_provider;
use aws_config::profile::{self, ProfileFileCredentialsProvider, ProfileFileLoadError};
use aws_config::provider_config::ProviderConfig;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::region::Region;
use miette::Diagnostic;
use thiserror::Error;

/// The variables that name a profile; the first that is set counts. The SDK reads only the first of them.
const VARIABLES: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// The variables that hold keys.
const KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// Where the credentials come from, as far as the user chose it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CredentialSource {
    /// The profile that an option names, whatever the environment holds.
    Profile(String),
    /// The profile that a variable names, where the environment holds no keys.
    ProfileOfVariable { name: String, variable: &'static str },
    /// The environment's keys.
    Environment {
        /// The profile that a variable names, for all but the keys.
        profile: Option<String>,
    },
    /// Whatever the SDK finds: the profile `default`, a container's role, an instance's role.
    #[default]
    Chain,
    /// The keys of a local platform.
    Platform,
}

/// Why there are no credentials of a profile.
#[derive(Debug, Diagnostic, Error)]
pub enum ProfileError {
    #[error("the AWS configuration has no profile `{name}`{}", .variable.map(|it| format!(", which {it} names")).unwrap_or_default())]
    #[diagnostic(help("{}", Self::known_profiles(.name, .known)))]
    Unknown {
        name: String,
        /// The variable that names it, if it was not an option.
        variable: Option<&'static str>,
        known: Vec<String>,
    },
    #[error("the AWS configuration cannot be read")]
    #[diagnostic(help(
        "correct ~/.aws/config and ~/.aws/credentials, or the files that AWS_CONFIG_FILE and \
         AWS_SHARED_CREDENTIALS_FILE name"
    ))]
    Unreadable(#[from] ProfileFileLoadError),
}

impl ProfileError {
    fn known_profiles(name: &str, known: &[String]) -> String {
        match known {
            [] => format!("there is none at all: `aws configure --profile {name}` makes one"),
            known => format!("there are {}", known.join(", ")),
        }
    }
}

impl CredentialSource {
    /// Chooses, and makes sure that a profile that is named exists.
    pub(super) async fn choose(option: Option<&str>) -> Result<Self, ProfileError> {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let variable = VARIABLES.into_iter().find_map(|variable| Some((set(variable)?, variable)));
        let chosen = match (option, variable) {
            (Some(name), _) => Self::Profile(name.to_owned()),
            (None, named) if KEYS.iter().all(|key| set(key).is_some()) => {
                Self::Environment { profile: named.map(|(name, _)| name) }
            }
            (None, Some((name, variable))) => Self::ProfileOfVariable { name, variable },
            (None, None) => Self::Chain,
        };
        let Some(name) = chosen.profile() else { return Ok(chosen) };
        let found = profile::load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), None).await?;
        if found.get_profile(name).is_some() {
            return Ok(chosen);
        }
        let mut known: Vec<String> = found.profiles().map(str::to_owned).collect();
        known.sort();
        let is_this = |variable: &&str| option.is_none() && env::var(variable).is_ok_and(|value| value == name);
        let variable = VARIABLES.into_iter().find(is_this);
        Err(ProfileError::Unknown { name: name.to_owned(), variable, known })
    }

    pub(super) fn profile(&self) -> Option<&str> {
        match self {
            Self::Profile(name) | Self::ProfileOfVariable { name, .. } => Some(name),
            Self::Environment { profile } => profile.as_deref(),
            Self::Chain | Self::Platform => None,
        }
    }
}

impl fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::ProfileOfVariable { name, variable } => write!(f, "profile {name}, which {variable} names"),
            Self::Environment { .. } => f.write_str("keys of the environment"),
            Self::Chain => f.write_str("no profile named"),
            Self::Platform => f.write_str("the local platform"),
        }
    }
}

/// The credentials of a profile and nothing else: its keys, its role, its single sign-on, its process.
///
/// The AWS CLI would go on to the roles of a container and of an instance where the profile has no credentials. Here that is an
/// error: who names a profile must not change another account.
pub(super) async fn credentials(
    profile: &str,
    region: Option<Region>,
    client: impl aws_smithy_runtime_api::client::http::HttpClient + 'static,
) -> ProfileFileCredentialsProvider {
    let config = ProviderConfig::without_region().with_region(region).with_http_client(client);
    let (fips, dual_stack) = (use_fips_provider(&config).await, use_dual_stack_provider(&config).await);
    let config = config.with_use_fips(fips).with_use_dual_stack(dual_stack);
    ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build()
}
