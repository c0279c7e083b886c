// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.placement.PlacementPolicy;

/**
 * The policy that this node places by, chosen once at start.
 *
 * @param name {@code pluginId/policyName}, or {@code built-in/default}
 * @param version of its plugin; what a head records of where its copies were planned
 * @param policy guarded: never hangs, and throws only for broken arguments
 * @param reason why this one, in a sentence
 */
public record ActivePlacement(String name, String version, PlacementPolicy policy, String reason) {}
