//! What CloudFront has cached of a distribution, taken out before its time.

use aws_smithy_xml::encode::XmlWriter;

use super::service::CLOUDFRONT;
use super::{Aws, CallError};

/// How many paths with a wildcard can be taken out at once.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations>
pub const MAX_WILDCARDS: usize = 15;

impl Aws {
    /// Takes what is below these paths, which begin with a slash, out of the caches of a distribution. The reference
    /// distinguishes one request from another.
    ///
    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html>
    pub async fn invalidate(&self, distribution: &str, paths: &[String], reference: &str) -> Result<(), CallError> {
        let path = ["2020-05-31", "distribution", distribution, "invalidation"];
        self.post_xml(CLOUDFRONT, "cloudfront:CreateInvalidation", &path, batch(paths, reference)).await
    }
}

fn batch(paths: &[String], reference: &str) -> String {
    let mut text = String::new();
    {
        let mut document = XmlWriter::new(&mut text);
        let root = document.start_el("InvalidationBatch");
        let mut root = root.write_ns("http://cloudfront.amazonaws.com/doc/2020-05-31/", None).finish();
        {
            let mut list = root.start_el("Paths").finish();
            list.start_el("Quantity").finish().data(&paths.len().to_string());
            let mut items = list.start_el("Items").finish();
            for path in paths {
                items.start_el("Path").finish().data(path);
            }
        }
        root.start_el("CallerReference").finish().data(reference);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_names_its_paths() {
        assert_eq!(
            batch(&["/a/*".to_owned(), "/b&c/*".to_owned()], "1"),
            "<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Paths><Quantity>2</Quantity>\
             <Items><Path>/a/*</Path><Path>/b&amp;c/*</Path></Items></Paths><CallerReference>1</CallerReference>\
             </InvalidationBatch>"
        );
    }
}
