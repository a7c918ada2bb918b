//! The life of a resource: it is read, planned, changed, imported, moved, and upgraded to the current schema.

use super::{
    super::{
        convert,
        guard::guarded,
        host::{Kept, Offer},
        tfplugin6::{
            apply_resource_change, import_resource_state, move_resource_state,
            plan_resource_change, read_resource, upgrade_resource_identity, upgrade_resource_state,
        },
        value,
    },
    Service,
};

impl<P: Offer> Service<P> {
    pub(super) async fn upgrade_state(
        &self,
        request: upgrade_resource_state::Request,
    ) -> upgrade_resource_state::Response {
        let json = request.raw_state.map(|it| it.json).unwrap_or_default();
        let (upgraded_state, diagnostics) = guarded(
            "UpgradeResourceState",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.upgrade(diagnostics, request.version, &json)
            },
        )
        .await;
        upgrade_resource_state::Response {
            upgraded_state,
            diagnostics,
        }
    }

    pub(super) async fn upgrade_identity(
        &self,
        request: upgrade_resource_identity::Request,
    ) -> upgrade_resource_identity::Response {
        let json = request.raw_identity.map(|it| it.json).unwrap_or_default();
        let (upgraded_identity, diagnostics) = guarded(
            "UpgradeResourceIdentity",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.upgrade_identity(diagnostics, request.version, &json)
            },
        )
        .await;
        upgrade_resource_identity::Response {
            upgraded_identity,
            diagnostics,
        }
    }

    pub(super) async fn read(&self, request: read_resource::Request) -> read_resource::Response {
        if let Some(deferred) = self.deferral(request.client_capabilities) {
            return read_resource::Response {
                new_state: request.current_state,
                private: request.private,
                new_identity: request.current_identity,
                deferred: Some(deferred),
                ..Default::default()
            };
        }
        let (kept, diagnostics) =
            guarded("ReadResource", &request.type_name, async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.read(diagnostics, &request).await
            })
            .await;
        let kept = kept.unwrap_or(Kept {
            value: request.current_state,
            private: request.private,
            identity: request.current_identity,
        });
        read_resource::Response {
            new_state: kept.value,
            private: kept.private,
            new_identity: kept.identity,
            diagnostics,
            ..Default::default()
        }
    }

    pub(super) async fn plan(
        &self,
        request: plan_resource_change::Request,
    ) -> plan_resource_change::Response {
        let deferred = self.deferral(request.client_capabilities);
        if deferred.is_some() && value::is_unknown(request.prior_state.as_ref()) {
            // An import that is deferred as well: core's proposal is all there is to return.
            return plan_resource_change::Response {
                planned_state: request.proposed_new_state,
                planned_private: request.prior_private,
                planned_identity: request.prior_identity,
                deferred,
                ..Default::default()
            };
        }
        let (planned, diagnostics) = guarded(
            "PlanResourceChange",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                let planned = it.plan(diagnostics, &request).await;
                if deferred.is_some() {
                    // It is planned again when more is known. The warnings come then.
                    diagnostics.warnings.clear();
                }
                planned
            },
        )
        .await;
        let (kept, requires_replace) = match planned {
            Some(planned) => {
                let paths = planned.requires_replace.into_iter();
                (planned.kept, paths.map(convert::path).collect())
            }
            None => (
                Kept {
                    value: request.prior_state,
                    private: request.prior_private,
                    identity: request.prior_identity,
                },
                Vec::new(),
            ),
        };
        plan_resource_change::Response {
            planned_state: kept.value,
            planned_private: kept.private,
            planned_identity: kept.identity,
            requires_replace,
            diagnostics,
            // What the configuration says is planned anyway, so that people can see it.
            deferred,
            ..Default::default()
        }
    }

    pub(super) async fn apply(
        &self,
        request: apply_resource_change::Request,
    ) -> apply_resource_change::Response {
        let (kept, diagnostics) = guarded(
            "ApplyResourceChange",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.apply(diagnostics, &request).await
            },
        )
        .await;
        let kept = kept.unwrap_or(Kept {
            value: request.prior_state,
            private: request.planned_private,
            identity: request.planned_identity,
        });
        apply_resource_change::Response {
            new_state: kept.value,
            private: kept.private,
            new_identity: kept.identity,
            diagnostics,
            ..Default::default()
        }
    }

    pub(super) async fn import(
        &self,
        request: import_resource_state::Request,
    ) -> import_resource_state::Response {
        if let Some(deferred) = self.deferral(request.client_capabilities) {
            let imported = import_resource_state::ImportedResource {
                type_name: request.type_name,
                state: Some(value::unknown()),
                identity: request.identity,
                ..Default::default()
            };
            return import_resource_state::Response {
                imported_resources: vec![imported],
                deferred: Some(deferred),
                ..Default::default()
            };
        }
        let (kept, diagnostics) = guarded(
            "ImportResourceState",
            &request.type_name,
            async |diagnostics| {
                let it = self.resource(&request.type_name, diagnostics)?;
                it.import(diagnostics, &request).await
            },
        )
        .await;
        let imported = kept.map(|kept| import_resource_state::ImportedResource {
            type_name: request.type_name,
            state: kept.value,
            private: kept.private,
            identity: kept.identity,
        });
        import_resource_state::Response {
            imported_resources: imported.into_iter().collect(),
            diagnostics,
            ..Default::default()
        }
    }

    pub(super) async fn move_state(
        &self,
        request: move_resource_state::Request,
    ) -> move_resource_state::Response {
        let target = &request.target_type_name;
        let (kept, diagnostics) = guarded("MoveResourceState", target, async |diagnostics| {
            let it = self.resource(target, diagnostics)?;
            it.move_from(diagnostics, &request)
        })
        .await;
        let kept = kept.unwrap_or_default();
        move_resource_state::Response {
            target_state: kept.value,
            target_private: kept.private,
            target_identity: kept.identity,
            diagnostics,
        }
    }
}
