// SPDX-License-Identifier: Apache-2.0
/**
 * What every part of a node needs of the machine that it runs on, done once: how long to wait, and
 * how to write a file that survives a power cut.
 */
@NullMarked
package dev.holdfast.spi.system;

import org.jspecify.annotations.NullMarked;
