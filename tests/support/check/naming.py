# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The families whose names do not follow the rule of `toolkit/catalog/naming.py`."""

from __future__ import annotations

# Families that Cilium renamed, and their names before or after, whose Datadog name they have.
# Those that are not in the catalogue's column `renamed_from` have a reason.
RENAMED = {
    'agent': {
        'cilium_bgp_control_plane_reconcile_error_count': 'cilium_bgp_control_plane_reconcile_errors_total',
        'cilium_feature_adv_connect_and_lb_bgp_advertisement_enabled': 'cilium_feature_adv_connect_and_lb_bgp_enabled',
        'cilium_identity_updater_timer_duration': 'cilium_identity_cache_timer_duration',
        'cilium_identity_updater_timer_trigger_folds': 'cilium_identity_cache_timer_trigger_folds',
        'cilium_identity_updater_timer_trigger_latency': 'cilium_identity_cache_timer_trigger_latency',
    },
    'operator': {
        # 1.14 only: the agent's name, before the operator had its own.
        'cilium_errors_warnings_total': 'cilium_operator_errors_warnings_total',
        'cilium_operator_bgp_control_plane_cluster_config_error_count': (
            'cilium_operator_bgp_control_plane_reconcile_errors_total'
        ),
        'cilium_operator_eni_allocation_ops': 'cilium_operator_ipam_allocation_ops',
        'cilium_operator_eni_release_ops': 'cilium_operator_ipam_release_ops',
        'cilium_operator_identity_gc_entries_total': 'cilium_operator_identity_gc_entries',
        'cilium_operator_identity_gc_runs_total': 'cilium_operator_identity_gc_runs',
        'cilium_operator_ipam_ec2_resync_duration_seconds': 'cilium_operator_ipam_resync_duration_seconds',
        'cilium_operator_ipam_ec2_resync_folds': 'cilium_operator_ipam_resync_folds',
        'cilium_operator_ipam_ec2_resync_latency_seconds': 'cilium_operator_ipam_resync_latency_seconds',
        'cilium_operator_ipam_ec2_resync_queued_total': 'cilium_operator_ipam_resync_queued_total',
        'cilium_operator_lbipam_conflicting_pools': 'cilium_operator_lbipam_conflicting_pools_total',
        'cilium_operator_lbipam_ips_available': 'cilium_operator_lbipam_ips_available_total',
        'cilium_operator_lbipam_ips_used': 'cilium_operator_lbipam_ips_used_total',
        'cilium_operator_lbipam_services_matching': 'cilium_operator_lbipam_services_matching_total',
        'cilium_operator_lbipam_services_unsatisfied': 'cilium_operator_lbipam_services_unsatisfied_total',
        'cilium_operator_workqueue_latency': 'cilium_operator_workqueue_queue_duration_seconds',
        'cilium_operator_workqueue_work_duration': 'cilium_operator_workqueue_work_duration_seconds',
        'ipam_cilium_operator_api_duration_seconds': 'cilium_operator_ec2_api_duration_seconds',
        'ipam_cilium_operator_api_rate_limit_duration_seconds': 'cilium_operator_ec2_api_rate_limit_duration_seconds',
        # The queues of the Kubernetes client, under the name that they have since 1.19.
        **{
            f'workqueue_{queue_metric}': f'cilium_k8s_workqueue_{queue_metric}'
            for queue_metric in (
                'adds_total',
                'depth',
                'longest_running_processor_seconds',
                'queue_duration_seconds',
                'retries_total',
                'unfinished_work_seconds',
                'work_duration_seconds',
            )
        },
    },
    'envoy': {
        'envoy_cilium_policy_policy_stream_generation': 'envoy_cilium_policy_stream_generation',
        # Cilium 1.20 only.
        **{
            f'envoy_cilium_hostmap_{xds_metric}': f'envoy_cilium_nphds_{xds_metric}'
            for xds_metric in (
                'control_plane_connected_state',
                'control_plane_pending_requests',
                'control_plane_rate_limit_enforced',
                'init_fetch_timeout',
                'update_attempt',
                'update_duration',
                'update_failure',
                'update_rejected',
                'update_time',
                'version',
            )
        },
    },
}

# Renames of the catalogue that get two Datadog names, (component, old, new): why.
NOT_THE_SAME_METRIC = {
    ('agent', 'cilium_clustermesh_global_services', 'cilium_clustermesh_remote_cluster_services'): (
        'services of the whole mesh before, services of each remote cluster now'
    ),
    (
        'operator',
        'cilium_operator_clustermesh_global_services',
        'cilium_operator_clustermesh_remote_cluster_services',
    ): ('services of the whole mesh before, services of each remote cluster now'),
    (
        'operator',
        'cilium_operator_clustermesh_global_service_exports',
        'cilium_operator_clustermesh_remote_cluster_service_exports',
    ): 'exports of the whole mesh before, exports of each remote cluster now',
    ('agent', 'cilium_node_connectivity_latency_seconds', 'cilium_node_health_connectivity_latency_seconds'): (
        'a gauge for each pair of nodes before, a histogram over all nodes now'
    ),
    ('agent', 'cilium_node_connectivity_status', 'cilium_node_health_connectivity_status'): (
        'a state for each pair of nodes before, a number of nodes in each state now'
    ),
}
