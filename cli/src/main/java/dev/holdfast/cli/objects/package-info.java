/** Files in and out of the cluster: put, get, ls, rm. */
@NullMarked
package dev.holdfast.cli.objects;

import org.jspecify.annotations.NullMarked;
