// SPDX-License-Identifier: Apache-2.0
/**
 * {@code policy}: policies as text, checked and tried without a cluster. The launcher puts the
 * policy language on the class path for this command alone, and every command line is built at each
 * start: classes with options name no type of it, and leave the work to those that do.
 */
@NullMarked
package dev.holdfast.cli.policy;

import org.jspecify.annotations.NullMarked;
