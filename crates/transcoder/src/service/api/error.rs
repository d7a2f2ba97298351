//! Errors as the service sends them: a type in a header, a message in the body.

use axum::{
    Json,
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::service::{InvalidRequest, account::Kind};

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ApiError {
    status: StatusCode,
    name: &'static str,
    message: String,
}

macro_rules! constructors {
    ($($function:ident $status:ident $name:literal),* $(,)?) => {
        $(pub(crate) fn $function(message: impl Into<String>) -> Self {
            Self { status: StatusCode::$status, name: $name, message: message.into() }
        })*
    };
}

impl ApiError {
    constructors!(
        bad_request BAD_REQUEST "BadRequestException",
        forbidden FORBIDDEN "ForbiddenException",
        unknown_operation NOT_FOUND "UnknownOperationException",
        missing NOT_FOUND "NotFoundException",
        conflict CONFLICT "ConflictException",
        unprocessable UNPROCESSABLE_ENTITY "UnprocessableEntityException",
        too_many TOO_MANY_REQUESTS "TooManyRequestsException",
        internal INTERNAL_SERVER_ERROR "InternalServerErrorException",
    );

    pub(crate) fn not_found(kind: Kind, name: &str) -> Self {
        Self::missing(format!("there is no {} `{name}`", kind.spoken()))
    }
}

impl From<mediaconvert::Invalid> for ApiError {
    fn from(invalid: mediaconvert::Invalid) -> Self {
        Self::bad_request(invalid.to_string())
    }
}

impl From<InvalidRequest> for ApiError {
    fn from(InvalidRequest(message): InvalidRequest) -> Self {
        Self::bad_request(message)
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        Self::internal(format!("cannot keep the state: {error}"))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        tracing::debug!(error = self.name, message = self.message, "refused");
        let header = [(HeaderName::from_static("x-amzn-errortype"), self.name)];
        (self.status, header, Json(json!({ "message": self.message }))).into_response()
    }
}
