//! What the templates' policies allow: no more than is explained, as much as AWS's own pages ask for, and nothing of another
//! deployment.

mod ci;
mod neighbours;
mod published;
mod statements;
mod wildcards;
