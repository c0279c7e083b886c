// SPDX-License-Identifier: Apache-2.0
/**
 * Full copies again after nodes were lost: an {@link dev.holdfast.node.repair.Auditor} on each node
 * compares the heads that it is responsible for with the cluster map, the policy and the disks of
 * the holders; {@link dev.holdfast.core.replication.RepairPlanner} decides what to do. Each key is
 * audited by one node. What is moved is moved by {@link dev.holdfast.node.object.ReplicaMover}.
 */
@NullMarked
package dev.holdfast.node.repair;

import org.jspecify.annotations.NullMarked;
