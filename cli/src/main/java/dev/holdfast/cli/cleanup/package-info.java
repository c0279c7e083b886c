// SPDX-License-Identifier: Apache-2.0
/** {@code cleanup}: what nothing needs any more. */
@NullMarked
package dev.holdfast.cli.cleanup;

import org.jspecify.annotations.NullMarked;
