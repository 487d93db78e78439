# 导入页面：全部导入，以及一次导入中每一项的结果。

imports-title = 导入记录
imports-about = 每次导入，以及其中每一项的结果。
imports-all = 全部导入
imports-none = 还没有导入过。
imports-source = 来源
imports-when = 时间
imports-by = 导入者
imports-items = 项数
imports-bucket-of = { $source }：{ $bucket } { $count }
imports-earlier = 更早的导入
imports-one = 导入：{ $source }
imports-by-whom = { $age }，由 { $name } 导入
imports-labels = 标签：{ $labels }。
imports-relabeled = 先前导入的标签已被替换。
imports-new-classes = 新类别：{ $classes }。
imports-counts = 各种结果的项数
imports-show = 显示
imports-all-outcomes = 全部
imports-outcomes = 各项结果
imports-outcomes-about = 除直接添加以外的每一项。
imports-as-table = 全部导出为 CSV
imports-no-outcomes = 这里没有需要说明的项。
imports-outcome = 结果
imports-name = 名称
imports-what = 说明
imports-sample = 样本
imports-same = 内容与 { $name } 相同。
imports-taken = { $name } 内容相同，已采用标签“{ $label }”。
imports-replaced = { $name } 内容相同，标签由“{ $standing }”改为“{ $label }”。
imports-contradicts = 此处为“{ $label }”；相同内容的 { $name } 已有“{ $standing }”，保持不变。
imports-more = 更多
imports-cancel = 取消此次导入
imports-undo = 撤回此次导入
imports-taken-back = 已撤回
imports-named = 标签来自 { $name }。
imports-predicted-by = { $name } 的预测；它们不是标签。
imports-predictions = 比较
imports-undone = { $name } 于{ $age }撤回：{ $samples } 个样本离开，{ $labels } 个其他样本的标签被撤回。
imports-undo-ask = 撤回 { $source } 的导入？
imports-undo-leave = { $n ->
    [0] 没有样本离开。
   *[other] { $n } 个仅由此次导入带来的样本将连同文件离开。
  }
imports-undo-labels = 保留样本上的 { $n } 个标签将被撤回；其中 { $current } 个是当前答案，其余之后已有人回答。
imports-undo-predictions = { $n } 个预测将被删除。
fate-answered = { $n } 个样本保留，因为有人回答过。
fate-imported = { $n } 个样本保留，因为另一次导入也带来或标注了它们。
fate-used = { $n } 个样本保留：它们是示例、有人询问过，或其副本已离开抽检集。
fate-asked = { $n } 个样本暂时保留，因为有人正在查看。
imports-undo-staying = 保留的样本包括：{ $names }。
imports-undo-report = 导入报告会保留。离开的样本可以再次导入。
imports-dry = 试运行
imports-dry-about = 未作任何更改：数字表示每个文件将有的结果。文件保留一天。
imports-go-on = 导入这些文件
