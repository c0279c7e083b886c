// SPDX-License-Identifier: Apache-2.0
/**
 * YAML as people write it by hand: policies, the config of a node, and what a plugin says of
 * itself.
 */
@NullMarked
package dev.holdfast.yaml;

import org.jspecify.annotations.NullMarked;
