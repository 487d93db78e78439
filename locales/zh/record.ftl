# 操作记录：谁做了什么。

record-title = 操作记录
record-about = 谁更改了角色、设置、类别和模型，谁导入和导出了数据，谁登录过。回答不在这里：每个样本的页面显示它自己的回答。记录从不更改或删除。
record-table = 表格 (CSV)
record-person = 人员
record-everybody = 所有人
record-what = 操作
record-everything = 全部
record-since = 起始日期
record-until = 截止日期
record-show = 显示
record-entries = 记录条目
record-none = 这里没有记录。
record-when = 时间
record-details = 提交内容
record-from = 来源
record-fields =
    { $n ->
       *[other] { $n } 个字段
    }
record-earlier = 更早
record-command-line = 命令行

act-signed-in = 登录
act-signed-out = 退出登录
act-link-used = 通过链接登录
act-password-changed = 更改密码
act-token-made = 创建令牌
act-token-revoked = 撤销令牌
act-sessions-ended = 在其他地方全部退出
act-session-ended = 结束一个会话
act-person-added = 添加人员
act-link-made = 创建登录链接，对象：
act-role-changed = 更改角色，对象：
act-person-disabled = 停用
act-person-enabled = 启用
act-project-made = 新建项目
act-goal-changed = 更改目标
act-went-on = 在规则建议停止后继续
act-leases-freed = 释放样本
act-second-opinions-changed = 更改第二意见
act-example-changed = 更改样本是否为示例：
act-newest-round-used = 恢复使用最新轮次
act-round-pinned = 固定轮次
act-round-unpinned = 取消固定轮次
act-rolled-back = 回退到轮次
act-export-asked = 请求导出：
act-model-asked = 请求模型
act-settings-changed = 更改设置
act-augmentation-changed = 更改增强副本
act-class-added = 添加类别
act-class-renamed = 重命名类别
act-class-retired = 停用类别
act-encoder-chosen = 选择编码器
act-encoder-relearned = 重新学习编码器
act-encoder-removed = 删除编码器
act-encoder-added = 添加编码器
act-encoder-adopted = 采用试用过的编码器
act-import-asked = 导入
act-samples-tagged = 标记样本
act-other = 做了新的操作

settings-record = 谁更改了什么
act-class-changed = 更改类别
act-class-moved = 移动类别
act-class-restored = 恢复类别
act-class-deleted = 删除类别
act-class-merged = 合并类别
act-class-parted = 移动类别的标签：
act-class-act-undone = 撤销类别操作：
act-import-cancelled = 取消导入
act-import-undone = 撤回导入
act-labels-sent = 发送标签，来源：
