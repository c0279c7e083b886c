// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/**
 * A key with its value.
 *
 * @param version for {@link MapClient#compareAndSet}; rises with every change of the key
 */
public record MapEntry<V>(String key, V value, long version) {}
