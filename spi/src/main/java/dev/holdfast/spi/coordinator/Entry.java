// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;

/**
 * A key with its value at one version.
 *
 * @param version opaque; equal to another one of the same key only if the entry was not changed in
 *     between, even if it was deleted and made again; the revision, seen by conditions
 * @param revision the commit that wrote this version
 */
public record Entry(EntryKey key, Bytes value, long version, long revision) {}
