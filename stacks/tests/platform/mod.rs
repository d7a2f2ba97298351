//! The platform's stacks against what AWS does with them.

mod delivery;
mod regions;
mod releases;
mod retries;
mod states;
