//! Errors as the service sends them: a type in a header, a message in the body.

use axum::{
    Json,
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Response},
};
use mediaconvert::Invalid;
use serde_json::json;

use crate::service::{InvalidRequest, account::Kind};

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ApiError {
    fault: Fault,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    BadRequest,
    Forbidden,
    NotFound,
    UnknownOperation,
    Conflict,
    Unprocessable,
    TooMany,
    Internal,
}

impl Fault {
    const fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "BadRequestException",
            Self::Forbidden => "ForbiddenException",
            Self::NotFound => "NotFoundException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::Conflict => "ConflictException",
            Self::Unprocessable => "UnprocessableEntityException",
            Self::TooMany => "TooManyRequestsException",
            Self::Internal => "InternalServerErrorException",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound | Self::UnknownOperation => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

macro_rules! constructors {
    ($($name:ident $fault:ident),* $(,)?) => {
        $(pub(crate) fn $name(message: impl Into<String>) -> Self {
            Self { fault: Fault::$fault, message: message.into() }
        })*
    };
}

impl ApiError {
    constructors!(
        bad_request BadRequest,
        forbidden Forbidden,
        unknown_operation UnknownOperation,
        conflict Conflict,
        unprocessable Unprocessable,
        too_many TooMany,
    );

    pub(crate) fn not_found(kind: Kind, name: &str) -> Self {
        Self { fault: Fault::NotFound, message: format!("there is no {} `{name}`", kind.spoken()) }
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::bad_request(invalid.to_string())
    }
}

impl From<InvalidRequest> for ApiError {
    fn from(invalid: InvalidRequest) -> Self {
        Self::bad_request(invalid.to_string())
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        Self { fault: Fault::Internal, message: format!("cannot keep the state: {error}") }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        tracing::debug!(error = self.fault.name(), message = self.message, "refused");
        let header = [(HeaderName::from_static("x-amzn-errortype"), self.fault.name())];
        (self.fault.status(), header, Json(json!({ "message": self.message }))).into_response()
    }
}
