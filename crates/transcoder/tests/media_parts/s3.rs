//! S3 in memory, as the SDK meets it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_types::{SdkConfig, region::Region};
use axum::http::HeaderMap;
use testing::{aws::FakeAws, s3::Object};

/// The stand-in, which ends with this.
pub(crate) struct S3 {
    aws: FakeAws,
    buckets: Arc<Mutex<testing::s3::S3>>,
}

impl S3 {
    pub(crate) fn start() -> Self {
        let buckets = Arc::<Mutex<testing::s3::S3>>::default();
        let model = Arc::clone(&buckets);
        Self { aws: FakeAws::modelled(move |call| Some(model.lock().unwrap().answer(call))), buckets }
    }

    /// What the SDK needs to come here.
    pub(crate) fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "test");
        SdkConfig::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .http_client(crate::https_client())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.aws.url)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    pub(crate) fn put(&self, path: &str, bytes: Vec<u8>) {
        let headers = HeaderMap::from_iter([("content-type".parse().unwrap(), "binary/octet-stream".parse().unwrap())]);
        self.buckets.lock().unwrap().put(path, &headers, bytes);
    }

    pub(crate) fn objects(&self) -> BTreeMap<String, Object> {
        let buckets = self.buckets.lock().unwrap();
        buckets.objects.iter().map(|(path, versions)| (path.clone(), versions.last().unwrap().clone())).collect()
    }

    /// How many uploads in parts are under way.
    pub(crate) fn uploads(&self) -> usize {
        self.buckets.lock().unwrap().uploads.len()
    }

    /// The largest body of any request, in bytes.
    pub(crate) fn largest(&self) -> usize {
        self.aws.seen().iter().map(|call| call.body.len()).max().unwrap_or_default()
    }

    /// The ranges that were asked for.
    pub(crate) fn ranges(&self) -> Vec<String> {
        let ranges = self.aws.seen().into_iter().filter(|call| call.headers.contains_key("range"));
        ranges.map(|call| call.header("range").to_owned()).collect()
    }
}
