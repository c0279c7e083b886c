// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.Bytes;
import org.apache.zookeeper.data.Stat;

/** A znode as read. */
record Znode(Bytes data, Stat stat) {}
