// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.operation;

import dev.holdfast.spi.coordinator.Observation;
import org.jspecify.annotations.Nullable;

/**
 * A command that must not act twice.
 *
 * @param operation null for a caller without a session
 * @param slot what the home knows of the operation's slot; null without an operation
 * @param command what to do
 */
public record Once<C>(@Nullable Operation operation, @Nullable Observation slot, C command) {}
