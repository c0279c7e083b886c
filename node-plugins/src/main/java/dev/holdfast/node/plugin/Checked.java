// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.util.Optional;

/**
 * What a policy answered, made harmless.
 *
 * @param complaint what had to be corrected
 */
record Checked<T>(T answer, Optional<String> complaint) {}
