//! Hosts any [`tf_provider::DataSource`].

use async_trait::async_trait;
use tf_provider::{DataSource, Diagnostics, schema::Schema};

use super::{
    super::{
        tfplugin6::{DynamicValue, read_data_source},
        value::{decode, decode_nullable},
    },
    read, write,
};

/// A data source as the RPCs need it. `None` always comes with an error among the diagnostics, or `service` adds one.
#[async_trait]
pub trait HostedDataSource: Send + Sync {
    fn schema(&self, diagnostics: &mut Diagnostics) -> Option<Schema>;

    async fn validate(
        &self,
        diagnostics: &mut Diagnostics,
        config: Option<&DynamicValue>,
    ) -> Option<()>;

    async fn read(
        &self,
        diagnostics: &mut Diagnostics,
        request: &read_data_source::Request,
    ) -> Option<DynamicValue>;
}

#[async_trait]
impl<D: DataSource> HostedDataSource for D {
    fn schema(&self, diagnostics: &mut Diagnostics) -> Option<Schema> {
        DataSource::schema(self, diagnostics)
    }

    async fn validate(
        &self,
        diagnostics: &mut Diagnostics,
        config: Option<&DynamicValue>,
    ) -> Option<()> {
        let config = read("configuration", decode(config), diagnostics)?;
        DataSource::validate(self, diagnostics, config).await
    }

    async fn read(
        &self,
        diagnostics: &mut Diagnostics,
        request: &read_data_source::Request,
    ) -> Option<DynamicValue> {
        let config = read(
            "configuration",
            decode(request.config.as_ref()),
            diagnostics,
        )?;
        let meta = read(
            "meta",
            decode_nullable(request.provider_meta.as_ref()),
            diagnostics,
        )?;
        let state = DataSource::read(self, diagnostics, config, meta).await?;
        write(&state, diagnostics)
    }
}

impl<D: DataSource + 'static> From<D> for Box<dyn HostedDataSource> {
    fn from(data_source: D) -> Self {
        Box::new(data_source)
    }
}
