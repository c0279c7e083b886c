// SPDX-License-Identifier: Apache-2.0
/** {@code quarantine}: versions that nodes brought back and nobody knows. */
@NullMarked
package dev.holdfast.cli.quarantine;

import org.jspecify.annotations.NullMarked;
