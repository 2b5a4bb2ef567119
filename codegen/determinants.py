"""Determinants and cofactors in LLVM IR, from what LAPACK leaves of a matrix.

Text for `lapack.py`, which fills in the scalar type: $T is it, $L the letter of its routines, $B its bytes.
"""
# The product of the pivots in double precision, as mantissa and exponent, so that it overflows only where the determinant does.
SCALING = """
; x as a number of magnitude 1 to 2 and the power of two it is multiplied by; infinities and NaN as they are
define internal { double, i64 } @lapack.split(double %x) {
  %size = call double @llvm.fabs.f64(double %x)
  %tiny = fcmp olt double %size, 0x0170000000000000
  %larger = fmul double %x, 0x4630000000000000
  %normal = select i1 %tiny, double %larger, double %x
  %shift = select i1 %tiny, i64 -1123, i64 -1023
  %bits = bitcast double %normal to i64
  %high = lshr i64 %bits, 52
  %biased = and i64 %high, 2047
  %exponent = add i64 %biased, %shift
  %fraction = and i64 %bits, -9218868437227405313
  %one = or i64 %fraction, 4607182418800017408
  %mantissa = bitcast i64 %one to double
  %finite = fcmp olt double %size, 0x7FF0000000000000
  %value = select i1 %finite, double %mantissa, double %x
  %power = select i1 %finite, i64 %exponent, i64 0
  %first = insertvalue { double, i64 } poison, double %value, 0
  %both = insertvalue { double, i64 } %first, i64 %power, 1
  ret { double, i64 } %both
}

; x times a power of two, in three steps of at most 2^1000
define internal double @lapack.scale(double %x, i64 %power) {
entry:
  br label %step
step:
  %k = phi i32 [ 0, %entry ], [ %after, %step ]
  %value = phi double [ %x, %entry ], [ %scaled, %step ]
  %left = phi i64 [ %power, %entry ], [ %rest, %step ]
  %low = call i64 @llvm.smax.i64(i64 %left, i64 -1000)
  %now = call i64 @llvm.smin.i64(i64 %low, i64 1000)
  %biased = add i64 %now, 1023
  %bits = shl i64 %biased, 52
  %factor = bitcast i64 %bits to double
  %scaled = fmul double %value, %factor
  %rest = sub i64 %left, %now
  %after = add i32 %k, 1
  %more = icmp slt i32 %after, 3
  br i1 %more, label %step, label %done
done:
  ret double %scaled
}
"""

DET = """
define internal void @lapack.det.$T(i64 %batch, i64 %n, ptr %lu, ptr %pivots, ptr %out) noinline {
entry:
  %elements = mul i64 %n, %n
  %stride = add i64 %n, 1
  br label %matrix
matrix:
  %i = phi i64 [ 0, %entry ], [ %next, %put ]
  %more = icmp slt i64 %i, %batch
  br i1 %more, label %one, label %end
one:
  %at = mul i64 %i, %elements
  %factors = getelementptr $T, ptr %lu, i64 %at
  %row = mul i64 %i, %n
  %swaps = getelementptr i32, ptr %pivots, i64 %row
  %empty = icmp eq i64 %n, 0
  br i1 %empty, label %put, label %ask
ask:
  %first = load i32, ptr %swaps
  %regular = icmp sgt i32 %first, 0
  %singular = icmp eq i32 %first, 0
  %refused = select i1 %singular, $T $ZERO, $T $NAN
  br i1 %regular, label %multiply, label %put
multiply:
  %k = phi i64 [ 0, %ask ], [ %after, %multiply ]
  %mantissa = phi double [ 1.0, %ask ], [ %rest, %multiply ]
  %exponent = phi i64 [ 0, %ask ], [ %sum, %multiply ]
  %diagonal = mul i64 %k, %stride
  %place = getelementptr $T, ptr %factors, i64 %diagonal
  %pivot = load $T, ptr %place
  $WIDEN
  %after = add i64 %k, 1
  %swap = getelementptr i32, ptr %swaps, i64 %k
  %with = load i32, ptr %swap
  %own = trunc i64 %after to i32
  %stays = icmp eq i32 %with, %own
  %minus = fneg double %wide
  %signed = select i1 %stays, double %wide, double %minus
  %split = call { double, i64 } @lapack.split(double %signed)
  %factor = extractvalue { double, i64 } %split, 0
  %power = extractvalue { double, i64 } %split, 1
  %product = fmul double %mantissa, %factor
  %again = call { double, i64 } @lapack.split(double %product)
  %rest = extractvalue { double, i64 } %again, 0
  %carry = extractvalue { double, i64 } %again, 1
  %partial = add i64 %exponent, %power
  %sum = add i64 %partial, %carry
  %on = icmp slt i64 %after, %n
  br i1 %on, label %multiply, label %join
join:
  %scaled = call double @lapack.scale(double %rest, i64 %sum)
  $NARROW
  br label %put
put:
  %value = phi $T [ $ONE, %one ], [ %refused, %ask ], [ %whole, %join ]
  %result = getelementptr $T, ptr %out, i64 %i
  store $T %value, ptr %result
  %next = add i64 %i, 1
  br label %matrix
end:
  ret void
}
"""

# By elimination with exchanges of rows and columns, m = p l u q, only the last pivot can be 0 where a cofactor is not. With
# u = [[r, c], [0, z]] and d = det r its adjugate is [[d z r^-1, -d r^-1 c], [0, d]], which divides by no z. The matrix m is the
# transpose of a to LAPACK, so the adjugate of m by columns is transposed twice: the cofactors of a are its transpose by rows.
COFACTOR = """
define internal void @lapack.cofactor.$T(i64 %batch, i64 %n, ptr %a, ptr %out, ptr %lu, ptr %work, ptr %pivots) noinline {
entry:
  %order = alloca i32
  %before = alloca i32
  %one = alloca i32
  %minus.one = alloca i32
  %info = alloca i32
  %unit = alloca $T
  %alpha = alloca $T
  %narrow = trunc i64 %n to i32
  %fewer = sub i32 %narrow, 1
  %last = sub i64 %n, 1
  store i32 %narrow, ptr %order
  store i32 %fewer, ptr %before
  store i32 1, ptr %one
  store i32 -1, ptr %minus.one
  store $T $ONE, ptr %unit
  %elements = mul i64 %n, %n
  %bytes = mul i64 %elements, $B
  %stride = add i64 %n, 1
  %columns = getelementptr i32, ptr %pivots, i64 %n
  %empty = icmp eq i64 %n, 0
  %count = select i1 %empty, i64 0, i64 %batch
  br label %matrix
matrix:
  %i = phi i64 [ 0, %entry ], [ %next, %done ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %ask, label %end
ask:
  %at = mul i64 %i, %elements
  %from = getelementptr $T, ptr %a, i64 %at
  %to = getelementptr $T, ptr %out, i64 %at
  %finite = call i1 @lapack.finite.$T(ptr %from, i64 %elements)
  br i1 %finite, label %eliminate, label %refuse
refuse:
  call void @lapack.fill.$T(ptr %to, i64 %elements, $T $NAN)
  br label %done
eliminate:
  call void @llvm.memcpy.p0.p0.i64(ptr %lu, ptr %from, i64 %bytes, i1 false)
  call void @lapack.$Lgetc2(ptr %order, ptr %lu, ptr %order, ptr %pivots, ptr %columns, ptr %info)
  call void @llvm.memset.p0.i64(ptr %work, i8 0, i64 %bytes, i1 false)
  br label %identity
identity:
  %k = phi i64 [ 0, %eliminate ], [ %k.next, %identity ]
  %sign = phi $T [ $ONE, %eliminate ], [ %turned, %identity ]
  %k.place = mul i64 %k, %stride
  %k.at = getelementptr $T, ptr %work, i64 %k.place
  store $T $ONE, ptr %k.at
  %row.swap.at = getelementptr i32, ptr %pivots, i64 %k
  %row.swap = load i32, ptr %row.swap.at
  %column.swap.at = getelementptr i32, ptr %columns, i64 %k
  %column.swap = load i32, ptr %column.swap.at
  %k.next = add i64 %k, 1
  %own = trunc i64 %k.next to i32
  %row.stays = icmp eq i32 %row.swap, %own
  %column.stays = icmp eq i32 %column.swap, %own
  %odd = xor i1 %row.stays, %column.stays
  %opposite = fneg $T %sign
  %turned = select i1 %odd, $T %opposite, $T %sign
  %k.more = icmp slt i64 %k.next, %n
  br i1 %k.more, label %identity, label %lower
lower:
  call void @lapack.$Llaswp(ptr %order, ptr %work, ptr %order, ptr %one, ptr %order, ptr %pivots, ptr %one)
  call void @blas.$Ltrsm(ptr @lapack.L, ptr @lapack.L, ptr @lapack.N, ptr @lapack.U, ptr %order, ptr %order, ptr %unit,
                         ptr %lu, ptr %order, ptr %work, ptr %order)
  br label %product
product:
  %p = phi i64 [ 0, %lower ], [ %p.next, %multiply ]
  %d = phi $T [ %turned, %lower ], [ %d.next, %multiply ]
  %p.more = icmp slt i64 %p, %last
  br i1 %p.more, label %multiply, label %upper
multiply:
  %p.place = mul i64 %p, %stride
  %p.at = getelementptr $T, ptr %lu, i64 %p.place
  %pivot = load $T, ptr %p.at
  %d.next = fmul $T %d, %pivot
  %p.next = add i64 %p, 1
  br label %product
upper:
  store $T %d, ptr %alpha
  %z.place = mul i64 %last, %stride
  %z.at = getelementptr $T, ptr %lu, i64 %z.place
  %z = load $T, ptr %z.at
  %c.place = mul i64 %last, %n
  %c = getelementptr $T, ptr %lu, i64 %c.place
  br label %column
column:
  %j = phi i64 [ 0, %upper ], [ %j.next, %column.done ]
  %j.more = icmp slt i64 %j, %n
  br i1 %j.more, label %column.one, label %solve
column.one:
  %j.place = mul i64 %j, %n
  %w = getelementptr $T, ptr %work, i64 %j.place
  %w.last.at = getelementptr $T, ptr %w, i64 %last
  %w.last = load $T, ptr %w.last.at
  br label %row
row:
  %r = phi i64 [ 0, %column.one ], [ %r.next, %row.one ]
  %r.more = icmp slt i64 %r, %last
  br i1 %r.more, label %row.one, label %column.done
row.one:
  %w.at = getelementptr $T, ptr %w, i64 %r
  %w.old = load $T, ptr %w.at
  %c.at = getelementptr $T, ptr %c, i64 %r
  %c.one = load $T, ptr %c.at
  %w.part = fmul $T %z, %w.old
  %c.part = fmul $T %c.one, %w.last
  %w.new = fsub $T %w.part, %c.part
  store $T %w.new, ptr %w.at
  %r.next = add i64 %r, 1
  br label %row
column.done:
  %w.scaled = fmul $T %d, %w.last
  store $T %w.scaled, ptr %w.last.at
  %j.next = add i64 %j, 1
  br label %column
solve:
  call void @blas.$Ltrsm(ptr @lapack.L, ptr @lapack.U, ptr @lapack.N, ptr @lapack.N, ptr %before, ptr %order, ptr %alpha,
                         ptr %lu, ptr %order, ptr %work, ptr %order)
  call void @lapack.$Llaswp(ptr %order, ptr %work, ptr %order, ptr %one, ptr %order, ptr %columns, ptr %minus.one)
  br label %out.row
out.row:
  %u = phi i64 [ 0, %solve ], [ %u.next, %out.done ]
  %u.more = icmp slt i64 %u, %n
  br i1 %u.more, label %out.one, label %done
out.one:
  %v = phi i64 [ 0, %out.row ], [ %v.next, %out.one ]
  %u.place = mul i64 %u, %n
  %target = add i64 %u.place, %v
  %v.place = mul i64 %v, %n
  %source = add i64 %v.place, %u
  %source.at = getelementptr $T, ptr %work, i64 %source
  %value = load $T, ptr %source.at
  %target.at = getelementptr $T, ptr %to, i64 %target
  store $T %value, ptr %target.at
  %v.next = add i64 %v, 1
  %v.more = icmp slt i64 %v.next, %n
  br i1 %v.more, label %out.one, label %out.done
out.done:
  %u.next = add i64 %u, 1
  br label %out.row
done:
  %next = add i64 %i, 1
  br label %matrix
end:
  ret void
}
"""
