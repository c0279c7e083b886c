// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cleanup;

import dev.holdfast.spi.cleanup.CleanupPolicy;

/**
 * The cleanup policy in force.
 *
 * @param name {@code pluginId/policyName}
 * @param policy guarded: throws nothing, answers in time, and deletes nothing when it fails
 */
public record CleanupRule(String name, CleanupPolicy policy) {}
