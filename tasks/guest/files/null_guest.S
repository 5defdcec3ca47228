/* The least a guest can do: a Xen PV kernel that powers off at its first instruction.
 * Numbers are those of Xen's public headers: hypercall 29 is sched_op, its command 2 is
 * shutdown, reason 0 is power off. */
	.section .text, "ax"
	.globl _start
_start:
	mov	$29, %eax
	mov	$2, %edi
	lea	reason(%rip), %rsi
	syscall
0:	jmp	0b

	.section .data, "aw"
	.balign	8
reason:	.long	0

	.macro note type, value:vararg
	.balign	4
	.long	4, 2f - 1f, \type
	.asciz	"Xen"
1:	\value
2:	.balign	4
	.endm

	.section .note.Xen, "a", @note
	note	5, .asciz "xen-3.0"
	note	6, .asciz "null"
	note	8, .asciz "generic"
	note	1, .quad _start
	note	3, .quad 0
	note	4, .quad 0

	.section .note.GNU-stack, "", @progbits
