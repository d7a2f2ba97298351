//! The purge of a packaging group, which CloudFormation cannot delete while it holds assets.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_mediapackagevod::Client;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};

use super::error::ActionError;
use crate::failure::unless_gone;

/// The time between two listings of assets that are being deleted.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How many assets are deleted at the same time: thousands within the function's ten minutes.
const CONCURRENCY: usize = 8;

/// Deletes every asset of a packaging group and waits until all are gone.
pub(super) async fn purge(client: &Client, group: &str) -> Result<(), ActionError> {
    let mut deleted = BTreeSet::new();
    loop {
        let assets = list(client, group).await?;
        tracing::info!(group, assets = assets.len(), "assets to delete");
        if assets.is_empty() {
            return Ok(());
        }
        let new: Vec<String> = assets.into_iter().filter(|id| !deleted.contains(id)).collect();
        stream::iter(new.iter().map(|id| delete(client, id).boxed()).collect::<Vec<_>>())
            .buffer_unordered(CONCURRENCY)
            .try_collect::<()>()
            .await?;
        deleted.extend(new);
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// The ids of a packaging group's assets, of all pages; a group that is gone has none.
async fn list(client: &Client, group: &str) -> Result<Vec<String>, ActionError> {
    let mut ids = Vec::new();
    let mut pages = client.list_assets().packaging_group_id(group).into_paginator().send();
    while let Some(page) = pages.next().await {
        let task = format!("list the assets of the packaging group `{group}`");
        let Some(page) = unless_gone(task, page)? else { break };
        ids.extend(page.assets.unwrap_or_default().into_iter().filter_map(|asset| asset.id));
    }
    Ok(ids)
}

async fn delete(client: &Client, id: &str) -> Result<(), ActionError> {
    unless_gone(format!("delete the asset `{id}`"), client.delete_asset().id(id).send().await)?;
    Ok(())
}
