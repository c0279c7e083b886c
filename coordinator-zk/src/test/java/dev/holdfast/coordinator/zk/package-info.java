@NullMarked
package dev.holdfast.coordinator.zk;

import org.jspecify.annotations.NullMarked;
