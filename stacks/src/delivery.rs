//! Delivery: CloudFront in front of the destination bucket and of MediaPackage.

use pipeline::contract::OVERFLOW_FOLDER;
use pipeline::player;
use synth::aws::cloudfront::response_headers_policy::AccessControlAllowMethodsItems as Method;
use synth::aws::cloudfront::{
    self, cache_policy as cache, distribution as dist, origin_access_control as access,
    response_headers_policy as headers,
};
use synth::iam::{Action, Condition, Principal, Statement};
use synth::{Arn, Handle, Scope, Value, sub};

use super::access_logs::{self, StandardLogging};
use super::global_name;
use super::packaging::Packaging;
use super::storage::Storage;
use config::Config;
use config::choice::{Hsts, PriceClass};
use config::model::GeoRestriction;

const CLOUDFRONT: &str = "cloudfront.amazonaws.com";

/// The origin of everything but packaged assets.
const BUCKET_ORIGIN: &str = "destination";

/// The origin of packaged assets.
const PACKAGING_ORIGIN: &str = "mediapackage";

/// Where MediaPackage serves packaged assets
/// (<https://docs.aws.amazon.com/mediapackage/latest/ug/cdns-cf.html>).
const PACKAGING_PATH: &str = "out/*";

/// The managed policy "Elemental-MediaPackage", which varies on what MediaPackage's manifests vary on
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>).
const PACKAGING_CACHE_POLICY: &str = "08627262-05a9-4f76-9ded-b50ca2e3a84f";

/// The managed policy "CORS-S3Origin": an origin answers a preflight only when it gets the headers `Origin`,
/// `Access-Control-Request-Method` and `Access-Control-Request-Headers`
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>).
const CORS_REQUEST_POLICY: &str = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf";

/// What viewers may ask for.
const ALLOWED_METHODS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// What is cached. Not preflights: their answer is for one site, which is no part of the cache key, and browsers keep it.
const CACHED_METHODS: [&str; 2] = ["GET", "HEAD"];

/// How long outputs are cached, in seconds: they never change under their guid.
mod ttl {
    pub(super) const MINIMUM: f64 = 1.0;
    pub(super) const DEFAULT: f64 = 24.0 * 3600.0;
    pub(super) const MAXIMUM: f64 = 365.0 * 24.0 * 3600.0;
}

/// How long browsers keep what they learn from response headers, in seconds.
const PREFLIGHT_SECONDS: i64 = 3600;
const HSTS_SECONDS: i64 = 2 * 365 * 24 * 3600;

/// How viewers reach the videos.
#[derive(Debug)]
pub(super) struct Delivery {
    /// The distribution.
    pub(super) distribution: Handle<cloudfront::Distribution>,
    /// The domain name that viewers use: the alias, or CloudFront's own.
    pub(super) viewer_domain: Value<String>,
}

impl Delivery {
    /// Adds the distribution and its policies; `web_acl` is the firewall's ARN.
    pub(super) fn new(
        scope: &mut Scope<'_>,
        config: &Config,
        storage: &Storage,
        packaging: Option<&Packaging>,
        web_acl: Option<Value<String>>,
    ) -> Self {
        let mut scope = scope.child("Delivery");
        let policies = Policies::new(&mut scope, config);
        let origin_access = scope.add("OriginAccess", origin_access_control(config));

        let mut origins = vec![
            dist::Origin::new(storage.destination.handle().regional_domain_name(), BUCKET_ORIGIN)
                .origin_access_control_id(origin_access.reference::<String>())
                .s3_origin_config(dist::S3OriginConfig::new().origin_access_identity("")),
        ];
        let mut behaviors = Vec::new();
        if let Some(packaging) = packaging {
            origins.push(packaging_origin(packaging));
            behaviors.push(policies.packaging_behavior());
        }

        let mut properties = dist::DistributionConfig::new(policies.bucket_behavior(), true)
            .comment(format!("Videos of {}", config.name))
            .origins(origins)
            .http_version(dist::DistributionConfigHttpVersion::Http2and3)
            .ipv6_enabled(true)
            .price_class(price_class(config))
            .restrictions(dist::Restrictions::new(geo_restriction(config)))
            .viewer_certificate(viewer_certificate(config));
        match StandardLogging::of(config) {
            StandardLogging::Legacy => {
                let logging = dist::Logging::new()
                    .bucket(storage.logs.handle().domain_name())
                    .prefix(format!("{}/", access_logs::FOLDER))
                    .include_cookies(false);
                properties = properties.logging(logging);
            }
            StandardLogging::V2 => access_logs::allow_delivery(&mut scope, config, &storage.logs),
        }
        if config.player.enabled {
            properties = properties.default_root_object(player::INDEX);
        }
        if !behaviors.is_empty() {
            properties = properties.cache_behaviors(behaviors);
        }
        if let Some((alias, _)) = config.distribution.alias() {
            properties = properties.aliases([alias.as_str()]);
        }
        if let Some(arn) = web_acl {
            properties = properties.web_acl_id(arn);
        }
        let distribution = scope.add("Distribution", cloudfront::Distribution::new(properties));
        allow_reading(&mut scope, storage, &distribution);

        let own = distribution.domain_name();
        let viewer_domain = config.distribution.alias().map_or(own, |(alias, _)| alias.as_str().into());
        Self { distribution, viewer_domain }
    }
}

fn origin_access_control(config: &Config) -> cloudfront::OriginAccessControl {
    let settings = access::OriginAccessControlConfig::new(
        global_name(config),
        access::OriginAccessControlConfigOriginAccessControlOriginType::S3,
        access::OriginAccessControlConfigSigningBehavior::Always,
        access::OriginAccessControlConfigSigningProtocol::Sigv4,
    )
    .description(format!("Lets CloudFront read the outputs of {}.", config.name));
    cloudfront::OriginAccessControl::new(settings)
}

/// CloudFront may read every output, but nothing that the workflow keeps for itself.
fn allow_reading(scope: &mut Scope<'_>, storage: &Storage, distribution: &Handle<cloudfront::Distribution>) {
    const ACTIONS: [Action; 1] = [Action::new("s3:GetObject")];
    let arn = Arn::build("cloudfront").global().resource(sub!["distribution/", distribution.reference::<String>()]);
    let allow = Statement::allow(ACTIONS, [storage.destination.objects("*")])
        .sid("AllowDelivery")
        .principal(Principal::Service(CLOUDFRONT))
        .when(Condition::string_equals("aws:SourceArn", arn));
    let deny = Statement::deny(ACTIONS, [storage.destination.objects(&format!("*/{OVERFLOW_FOLDER}/*"))])
        .sid("DenyDeliveryOfRecords")
        .principal(Principal::Service(CLOUDFRONT));
    storage.destination.allow(scope, allow);
    storage.destination.allow(scope, deny);
}

fn packaging_origin(packaging: &Packaging) -> dist::Origin {
    // The group's domain name is a URL: its third part between slashes is the host.
    let host = Value::select(2, Value::split("/", packaging.group.domain_name()));
    dist::Origin::new(host, PACKAGING_ORIGIN).custom_origin_config(
        dist::CustomOriginConfig::new("https-only").https_port(443).origin_ssl_protocols(["TLSv1.2"]),
    )
}

/// The policies that all behaviors share.
struct Policies {
    cache: Value<String>,
    headers: Value<String>,
}

impl Policies {
    fn new(scope: &mut Scope<'_>, config: &Config) -> Self {
        let cache = scope.add("CachePolicy", cache_policy(config)).reference();
        let headers = scope.add("ResponseHeaders", response_headers(config)).reference();
        Self { cache, headers }
    }

    fn bucket_behavior(&self) -> dist::DefaultCacheBehavior {
        let https = dist::DefaultCacheBehaviorViewerProtocolPolicy::RedirectToHttps;
        dist::DefaultCacheBehavior::new(BUCKET_ORIGIN, https)
            .allowed_methods(ALLOWED_METHODS)
            .cached_methods(CACHED_METHODS)
            .compress(true)
            .cache_policy_id(&self.cache)
            .origin_request_policy_id(CORS_REQUEST_POLICY)
            .response_headers_policy_id(&self.headers)
    }

    fn packaging_behavior(&self) -> dist::CacheBehavior {
        dist::CacheBehavior::new(PACKAGING_PATH, PACKAGING_ORIGIN, "redirect-to-https")
            .allowed_methods(ALLOWED_METHODS)
            .cached_methods(CACHED_METHODS)
            .compress(true)
            .cache_policy_id(PACKAGING_CACHE_POLICY)
            .origin_request_policy_id(CORS_REQUEST_POLICY)
            .response_headers_policy_id(&self.headers)
    }
}

/// Outputs are the same for everybody, so nothing of a request is part of the cache key.
fn cache_policy(config: &Config) -> cloudfront::CachePolicy {
    let key = cache::ParametersInCacheKeyAndForwardedToOrigin::new(
        cache::CookiesConfig::new(cache::CookiesConfigCookieBehavior::None),
        true,
        cache::HeadersConfig::new(cache::HeadersConfigHeaderBehavior::None),
        cache::QueryStringsConfig::new(cache::QueryStringsConfigQueryStringBehavior::None),
    )
    .enable_accept_encoding_brotli(true);
    let policy = cache::CachePolicyConfig::new(ttl::DEFAULT, ttl::MAXIMUM, ttl::MINIMUM, global_name(config), key)
        .comment(format!("Caches the outputs of {}.", config.name));
    cloudfront::CachePolicy::new(policy)
}

/// CORS for players on other sites, and security headers; framing stays allowed, because players are embedded.
///
/// Objects say themselves how long they may be cached, where that is not as long as for outputs.
fn response_headers(config: &Config) -> cloudfront::ResponseHeadersPolicy {
    let origins: Vec<String> = config.distribution.cors_origins.iter().map(ToString::to_string).collect();

    let cors = headers::CorsConfig::new(
        false,
        headers::AccessControlAllowHeaders::new(["*"]),
        headers::AccessControlAllowMethods::new([Method::Get, Method::Head, Method::Options]),
        headers::AccessControlAllowOrigins::new(origins),
        true,
    )
    .access_control_expose_headers(headers::AccessControlExposeHeaders::new([
        "Content-Length",
        "Content-Range",
        "Date",
        "ETag",
    ]))
    .access_control_max_age_sec(PREFLIGHT_SECONDS);
    let mut security = headers::SecurityHeadersConfig::new()
        .content_type_options(headers::ContentTypeOptions::new(true))
        .referrer_policy(headers::ReferrerPolicy::new(
            true,
            headers::ReferrerPolicyReferrerPolicy::StrictOriginWhenCrossOrigin,
        ));
    let transport = headers::StrictTransportSecurity::new(HSTS_SECONDS, true);
    match config.distribution.hsts {
        Hsts::None => {}
        Hsts::Host => security = security.strict_transport_security(transport.include_subdomains(false)),
        Hsts::Subdomains => security = security.strict_transport_security(transport.include_subdomains(true)),
    }
    if config.player.enabled {
        let policy = headers::ContentSecurityPolicy::new(player::CONTENT_SECURITY_POLICY, true);
        security = security.content_security_policy(policy);
    }
    let policy = headers::ResponseHeadersPolicyConfig::new(global_name(config))
        .comment(format!("CORS and security for {}.", config.name))
        .cors_config(cors)
        .security_headers_config(security);
    cloudfront::ResponseHeadersPolicy::new(policy)
}

fn price_class(config: &Config) -> dist::DistributionConfigPriceClass {
    match config.distribution.price_class {
        PriceClass::Class100 => dist::DistributionConfigPriceClass::PriceClass100,
        PriceClass::Class200 => dist::DistributionConfigPriceClass::PriceClass200,
        PriceClass::All => dist::DistributionConfigPriceClass::PriceClassAll,
    }
}

fn viewer_certificate(config: &Config) -> dist::ViewerCertificate {
    match config.distribution.alias() {
        None => dist::ViewerCertificate::new().cloud_front_default_certificate(true),
        Some((_, certificate)) => dist::ViewerCertificate::new()
            .acm_certificate_arn(certificate.as_str())
            .minimum_protocol_version(dist::ViewerCertificateMinimumProtocolVersion::Tlsv1_2_2021)
            .ssl_support_method(dist::ViewerCertificateSslSupportMethod::SniOnly),
    }
}

fn geo_restriction(config: &Config) -> dist::GeoRestriction {
    let (kind, countries) = match config.distribution.geo.restriction() {
        GeoRestriction::None => return dist::GeoRestriction::new(dist::GeoRestrictionRestrictionType::None),
        GeoRestriction::Allow(countries) => (dist::GeoRestrictionRestrictionType::Whitelist, countries),
        GeoRestriction::Deny(countries) => (dist::GeoRestrictionRestrictionType::Blacklist, countries),
    };
    // The configuration takes only countries that CloudFront knows.
    let locations: Vec<_> =
        countries.iter().filter_map(|country| dist::GeoRestrictionLocations::parse(country.as_str())).collect();
    dist::GeoRestriction::new(kind).locations(locations)
}
