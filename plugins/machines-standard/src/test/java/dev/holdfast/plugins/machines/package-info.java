// SPDX-License-Identifier: Apache-2.0
/**
 * The machines of this module are text; the build checks them and runs the tests that they bring.
 */
@NullMarked
package dev.holdfast.plugins.machines;

import org.jspecify.annotations.NullMarked;
